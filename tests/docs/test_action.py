"""The GitHub action installs this project and hands its arguments to gitbot, as words and nothing more."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_commands import run

ACTION = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, RUN = ACTION["runs"]["steps"]
BAD = "image: a:1 # {'$imagepolicy': 'default:podinfo'}\n"


def perform(args: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run the last step as GitHub does (bash -e), with gitbot where the first step installs it."""
    monkeypatch.setenv("RUNNER_TEMP", str(folder / "runner"))
    monkeypatch.setenv("ARGS", args)
    place = folder / "runner" / "gitbot" / "bin"
    place.mkdir(parents=True)
    found = shutil.which("gitbot", path=sysconfig.get_path("scripts"))
    assert found, "gitbot is not installed beside the tests"
    (place / "gitbot").symlink_to(found)
    return run(f"set -e\n{RUN['run']}", folder)


def test_it_annotates_bad_markers_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(BAD, encoding="utf-8")
    code, out = perform("lint a.yaml --output github", tmp_path, monkeypatch)
    assert code == 1
    assert out.startswith("::error file=a.yaml,line=1,")


def test_the_arguments_are_words_and_no_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _ = perform("lint $(touch made) ; touch made", tmp_path, monkeypatch)
    assert code == 2
    assert not (tmp_path / "made").exists()


def test_no_expression_of_github_stands_in_a_script() -> None:
    assert [step["name"] for step in (INSTALL, RUN) if "${{" in step["run"]] == []


def test_it_installs_from_its_own_folder() -> None:
    assert INSTALL["env"] == {"SOURCE": "${{ github.action_path }}"}
    assert INSTALL["run"].strip().endswith('install --quiet --disable-pip-version-check "$SOURCE"')


def test_the_page_uses_it() -> None:
    assert "uses: example/gitbot@main" in (DOCS / "ci-and-cron.md").read_text(encoding="utf-8")
