"""What a command prints where the terminal, the disk or a secret is odd, and how it then ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MARKED = 'a: x # {"$imagepolicy": "ns:ü"}\n'


@pytest.fixture
def call(tmp_path: Path):
    """Run the command in a folder with a file whose name and problem are not ASCII."""
    (tmp_path / "ü.yaml").write_text(MARKED)

    def run(*argv: str, encoding: str = "utf-8", out: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONIOENCODING": encoding}
        command = [sys.executable, "-m", "gitbot", *argv]
        return subprocess.run(
            command, cwd=tmp_path, env=env, stdout=out, stderr=subprocess.PIPE, encoding="latin-1", check=False
        )

    return run


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_cannot_show_a_name_gets_it_escaped(call, encoding):
    said = call("lint", encoding=encoding)
    assert said.returncode == 1, said.stderr
    assert "yaml:1: error" in said.stdout


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_json_is_valid_in_every_encoding(call, encoding):
    said = call("lint", "-o", "json", encoding=encoding)
    document = json.loads(said.stdout.encode("latin-1").decode(encoding))
    assert document["problems"][0]["path"] == "ü.yaml"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("output", ["text", "json"])
def test_an_output_that_is_full_is_one_error_and_no_bug(call, output):
    with Path("/dev/full").open("w") as full:
        said = call("lint", "-o", output, out=full.fileno())
    assert said.returncode == 1
    assert "No space left on device" in said.stderr
    assert "Traceback" not in said.stderr
