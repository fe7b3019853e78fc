"""The parts of the pages that are made from the program are up to date, and none is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.bad_input import KINDS
from tests.docs.generate import PART, SECTIONS, commands, made_again
from tests.docs.pages import DOCS, PAGES, ROOT, name_of


def parts(page: str) -> list[str]:
    return [match[1] for match in PART.finditer((DOCS / page).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_made_parts_of_a_page_are_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert made_again(text) == text, "run: python -m tests.docs.generate"
    assert text.count("<!-- made:") == text.count("<!-- end -->") == len(PART.findall(text))


def test_the_page_of_the_command_line_has_every_command() -> None:
    assert parts("cli.md") == [f"command {name}" for name in commands()]


def test_the_page_of_the_configuration_has_every_option() -> None:
    assert parts("configuration.md") == [f"options {name}" for name in ("top", *SECTIONS)]


def test_the_page_of_fluxs_fields_has_every_kind() -> None:
    from gitbot.config.manifest_fields import FIELDS

    assert parts("flux-fields.md") == [f"flux {kind}" for kind in FIELDS]


def test_the_page_of_bad_input_has_every_row() -> None:
    assert parts("bad-input.md") == [f"bad-input {kind}" for kind in KINDS]


def test_the_page_of_markers_has_every_code() -> None:
    from gitbot.cli.annotations import sarif

    rules = sarif([])["runs"][0]["tool"]["driver"]["rules"]
    text = (DOCS / "markers.md").read_text(encoding="utf-8")
    assert [rule["id"] for rule in rules if f"`{rule['id']}`" not in text] == []


def test_the_example_configuration_is_linked() -> None:
    for page in (ROOT / "README.md", DOCS / "configuration.md"):
        assert "config.example.yaml)" in page.read_text(encoding="utf-8")
