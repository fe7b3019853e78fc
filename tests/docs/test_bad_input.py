"""Every row of docs/bad-input.md is tried, and gets the words and the exit code that the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.bad_input import Row, all_rows
from tests.docs.bad_input_trials import try_row
from tests.docs.bad_repositories import Makers
from tests.servers.process import need


@pytest.mark.parametrize("row", all_rows(), ids=lambda row: row.id)
def test_bad_input_gets_what_the_page_says(row: Row, tmp_path: Path, monkeypatch, capsys, bad_http, request) -> None:
    if "needs" in row.more:
        need(row.more["needs"])
    monkeypatch.chdir(tmp_path)
    tried = try_row(row, tmp_path, lambda: "".join(capsys.readouterr()), Makers(tmp_path, bad_http, request))
    print(tried)
    assert tried.says(row.says)
    assert tried.exit == row.exit
    assert tried.code == row.more.get("code", "")
    assert tried.hint == row.more.get("next", "") or row.kind not in {"markers", "repositories"}


def test_no_two_rows_share_a_name() -> None:
    names = [row.id for row in all_rows()]
    assert len(set(names)) == len(names)
