"""Every command of the pages about orderings prints what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("policies", "semver", "alphabetical", "numerical")
EXAMPLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {page: EXAMPLE.findall((DOCS / f"{page}.md").read_text(encoding="utf-8")) for page in PAGES}
BLOCKS = [block for found in EXAMPLES.values() for block in found]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_examples(page: str) -> None:
    assert EXAMPLES[page]


def test_there_are_no_fewer_examples_than_were_written() -> None:
    assert len(BLOCKS) >= 7


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_prints_what_the_page_says(block: str, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash, "the examples are written for a shell"
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    wanted = [line for line in block.splitlines() if not line.startswith("$ ")]
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    done = subprocess.run(
        [bash, "-c", "\n".join(commands)],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == wanted
