"""Every case of fixtures/update: a folder before, the elected images, the folder after and the result."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitbot.cli.main import run as gitbot
from gitbot.plan.result import ResultV2
from gitbot.plan.schema import result_schema

CASES = Path(__file__).parents[2] / "fixtures" / "update"
NAMES = sorted(case.name for case in CASES.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def apply(
    folder: Path, policies: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, Any]]:
    code = gitbot(["apply", str(folder), "--policies", str(policies), "--output", "json", *options])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def before(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return Path(shutil.copytree(CASES / request.getfixturevalue("name") / "before", tmp_path / "tree"))


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_becomes_what_is_expected(name: str, before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = apply(before, CASES / name / "policies.yaml", capsys)
    assert code == 0
    assert contents(before) == contents(CASES / name / "after")
    assert said == json.loads((CASES / name / "result.json").read_text())
    jsonschema.validate(said, result_schema())
    assert ResultV2.from_dict(said["changed"]).as_dict() == said["changed"]


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_changes_nothing_and_says_the_same(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = Path(shutil.copytree(CASES / name / "after", tmp_path / "tree"))
    code, said = apply(tree, CASES / name / "policies.yaml", capsys)
    assert (code, said["changed"]) == (0, {"files": []})
    assert contents(tree) == contents(CASES / name / "after")
    first = json.loads((CASES / name / "result.json").read_text())["problems"]
    assert [(one["path"], one["line"], one["code"]) for one in said["problems"]] == [
        (one["path"], one["line"], one["code"]) for one in first
    ]


@pytest.mark.parametrize("name", NAMES)
def test_checking_changes_nothing(name: str, before: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = apply(before, CASES / name / "policies.yaml", capsys, "--check")
    assert code == (3 if said["changed"]["files"] else 0)
    assert said == json.loads((CASES / name / "result.json").read_text())
    assert contents(before) == contents(CASES / name / "before")


@pytest.mark.parametrize("name", NAMES)
def test_policies_that_elect_the_old_values_change_nothing(
    name: str, before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = ResultV2.from_dict(json.loads((CASES / name / "result.json").read_text())["changed"])
    images = {one.policy: one.old_value for one in result.changes() if one.part == "image" and ":" in one.old_value}
    (tmp_path / "old.json").write_text(json.dumps(images or {"ns:none": "x:1"}))
    _, said = apply(before, tmp_path / "old.json", capsys)
    assert [
        one for one in ResultV2.from_dict(said["changed"]).changes() if one.old_value == images.get(one.policy)
    ] == []
