"""The two commands of the README: each one line, to be copied; the second runs what CI runs."""

from __future__ import annotations

import tomllib

from tests.docs.pages import ROOT, blocks

FIRST, SECOND = [block.text for block in blocks(ROOT / "README.md") if "install" in block.words]


def test_each_is_one_line() -> None:
    assert [FIRST.count("\n"), SECOND.count("\n")] == [1, 1]


def test_the_first_installs_and_shows_the_main_job() -> None:
    assert FIRST.endswith(" && pip install --quiet . && gitbot demo\n")


def test_the_second_installs_the_tests_and_runs_them_as_ci_does() -> None:
    command = SECOND.strip().rpartition(" && ")[2]
    assert command == "python -m pytest"
    assert f" {command} " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_groups_that_are_installed_exist() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    pages = SECOND + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {"test", "dev"} <= set(groups)
    assert "--group test " in SECOND
    assert "--group dev " in pages
