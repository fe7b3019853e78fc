"""Every command that the pages show runs, and prints what the page says.

A block `console` holds commands behind `$ ` and what they print; a line `...` stands for any lines. A block `sh` holds
commands that must succeed. A block with the word `file=PATH` is written to that file first. `exit=N` is the exit code of the
last command. The blocks of one page run in order, in one folder. Those that cannot run here carry a word that says why.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, Block, blocks, name_of

# Why a block does not run here: it makes an environment, or talks to a server, a cluster or an init system.
REASONS = {"install", "network", "root"}
SKIPPED = {
    "README.md": 2,
    "CONTRIBUTING.md": 1,
    "docs/git-servers.md": 1,
    "docs/moving-from-flux.md": 2,
    "docs/quickstart.md": 2,
    "docs/service.md": 2,
}
CHANGING = (
    (r"\b[0-9a-f]{40}\b", "<commit>"),
    (r"\b[0-9a-f]{7}\b", "<short>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"[ \t]+$", ""),
)


def runs(block: Block) -> bool:
    return block.language in {"console", "sh"} and not REASONS & set(block.words)


def commands(block: Block) -> str:
    """The script of a block."""
    if block.language == "sh":
        return block.text
    lines = block.text.splitlines()
    return "\n".join(line[2:] for line in lines if line.startswith(("$ ", "> ")))


def printed(block: Block) -> list[str]:
    """What the page says the commands print."""
    return [line for line in block.text.splitlines() if not line.startswith(("$ ", "> "))]


def plain(line: str) -> str:
    for pattern, stands_for in CHANGING:
        line = re.sub(pattern, stands_for, line)
    return line


def agrees(wanted: list[str], got: list[str]) -> bool:
    """Whether lines are as wanted, `...` standing for any number of lines."""
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(agrees(wanted[1:], got[start:]) for start in range(len(got) + 1))
    return bool(got) and plain(wanted[0]) == plain(got[0]) and agrees(wanted[1:], got[1:])


def run(script: str, folder: Path) -> tuple[int, str]:
    bash = shutil.which("bash")
    assert bash, "the examples are written for a shell"
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    done = subprocess.run(
        [bash, "-c", script], cwd=folder, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if place := block.value("file"):
            (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / place).write_text(block.text, encoding="utf-8")
        if not runs(block):
            continue
        code, out = run(commands(block), tmp_path)
        assert code == int(block.value("exit") or 0), f"{block.place} ended with {code}:\n{out}"
        if block.language == "console":
            assert agrees(printed(block), out.splitlines()), f"{block.place} printed:\n{out}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_more_commands_than_known_are_left_untried(page: Path) -> None:
    left = [block for block in blocks(page) if block.language in {"console", "sh"} and not runs(block)]
    assert len(left) == SKIPPED.get(name_of(page), 0), [block.place for block in left]
    for block in left:
        code, out = run(f"set -n\n{commands(block)}", page.parent)
        assert code == 0, f"{block.place} is no shell script:\n{out}"


@pytest.mark.parametrize(
    ("wanted", "got", "agree"),
    [
        pytest.param([], [], True, id="nothing"),
        pytest.param(["a"], [], False, id="a line is missing"),
        pytest.param([], ["a"], False, id="a line too many"),
        pytest.param(["a", "...", "z"], ["a", "z"], True, id="dots stand for no line"),
        pytest.param(["a", "...", "z"], ["a", "b", "c", "z"], True, id="dots stand for many"),
        pytest.param(["a", "...", "z"], ["a", "b"], False, id="what follows the dots is missing"),
        pytest.param(["pushed commit 'a47b32f'"], ["pushed commit '0123abc'"], True, id="commits change"),
        pytest.param(["at 2026-01-02T03:04:05Z"], ["at 2025-11-12T13:14:15.123Z"], True, id="times change"),
    ],
)
def test_lines_are_compared_but_for_what_changes(wanted: list[str], got: list[str], agree: bool) -> None:
    assert agrees(wanted, got) is agree
