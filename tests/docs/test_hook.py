"""The definition of the pre-commit hook works as pre-commit uses it: the entry, then the files that match."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_commands import run

(HOOK,) = YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GOOD = 'image: a:1 # {"$imagepolicy": "default:podinfo"}\n'
BAD = "image: a:1 # {'$imagepolicy': 'default:podinfo'}\n"


def invoke(folder: Path, files: dict[str, str]) -> tuple[int, str]:
    """What pre-commit does: the matching files of the commit, as arguments behind the entry."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    chosen = [name for name in files if re.search(HOOK["files"], name)]
    return run(f"{HOOK['entry']} {shlex.join(chosen)}", folder)


def test_a_commit_without_yaml_starts_nothing() -> None:
    assert not re.search(HOOK["files"], "README.md")


def test_good_markers_pass(tmp_path: Path) -> None:
    code, out = invoke(tmp_path, {"apps/a.yaml": GOOD, "apps/b.yml": GOOD, "Kustomization": GOOD, "README.md": BAD})
    assert (code, out) == (0, "3 markers in 3 files; 0 problems\n")


@pytest.mark.parametrize("name", ["a.yaml", "apps/with space.yml", "apps/Kustomization"])
def test_a_bad_marker_fails_the_commit_and_says_where(name: str, tmp_path: Path) -> None:
    code, out = invoke(tmp_path, {name: BAD, "good.yaml": GOOD})
    assert code == 1
    assert out.startswith(f"{name}:1: error: ")


def test_the_page_names_the_hook() -> None:
    assert f"- id: {HOOK['id']}\n" in (DOCS / "ci-and-cron.md").read_text(encoding="utf-8")


def test_the_language_of_the_hook_installs_this_project() -> None:
    assert HOOK["language"] == "python"
    assert HOOK["entry"].split()[0] == "gitbot"
