"""Every example of a configuration loads; every other example is at least of its language.

A block `yaml` is a configuration, perhaps a part of one, unless a word says what else it is: a file of the page's own
(`file=`), `manifest`, `workflow`, `results`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gitbot.cli.main import run
from tests.docs.pages import PAGES, Block, blocks

OTHER = ("file=", "manifest", "workflow", "results", "hook")
ALL = [block for page in PAGES for block in blocks(page)]
REST: dict[str, Any] = {
    "git": {"author": {"name": "gitbot", "email": "gitbot@example.com"}},
    "repositories": [{"name": "fleet", "url": "https://git.example.com/fleet.git"}],
}


def is_config(block: Block) -> bool:
    return block.language == "yaml" and not any(word.startswith(OTHER) for word in block.words)


def place(block: Block) -> str:
    return block.place


@pytest.mark.parametrize("block", [block for block in ALL if is_config(block)], ids=place)
def test_an_example_of_a_configuration_loads(block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = {key: value for key, value in REST.items() if f"\n{key}:" not in f"\n{block.text}"}
    path = tmp_path / "gitbot.yaml"
    path.write_text(block.text + "".join(f"{key}: {json.dumps(value)}\n" for key, value in missing.items()))
    code = run(["config", "check", "-c", str(path), "--output", "json"])
    problems = [item for item in json.loads(capsys.readouterr().out)["problems"] if item["severity"] == "error"]
    # A result file is another program's: no example has one beside it.
    assert [item["message"] for item in problems if "result file cannot be read" not in item["message"]] == []
    assert code in {0, 2}


@pytest.mark.parametrize("block", [block for block in ALL if block.language in {"yaml", "json"}], ids=place)
def test_an_example_is_of_its_language(block: Block) -> None:
    if block.language == "json":
        json.loads(block.text)
    else:
        list(YAML(typ="safe", pure=True).load_all(block.text))
