"""Cases in the shapes of real histories: `gitbot apply` gives the bytes Flux left, or touches marked lines only.

A case is a folder of `fixtures/replay`: `before/`, `policies.yaml`, `after/` as gitbot has to leave it and, where Flux also
reformatted, `flux-after/` as Flux left it. Names and texts are invented, the shapes are real.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gitbot.cli.main import run as gitbot
from gitbot.markers.scan import scan
from tests.replay.compare import changed_lines, compare, marked_lines, values
from tests.replay.history import Step
from tests.replay.replay import judge, pair

CASES = sorted(Path(__file__, "../../../fixtures/replay").resolve().iterdir())
REFORMATTED = [case for case in CASES if (case / "flux-after").is_dir()]


def files(folder: Path) -> dict[str, bytes]:
    return {place.relative_to(folder).as_posix(): place.read_bytes() for place in folder.rglob("*") if place.is_file()}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def applied(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    shutil.copytree(case / "before", tmp_path / "tree")
    arguments = ["apply", str(tmp_path / "tree"), "--policies", str(case / "policies.yaml"), "--output", "json"]
    assert gitbot(arguments) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    assert gitbot([*arguments, "--check"]) == 0, "a second run finds something to change"
    return files(tmp_path / "tree")


def test_apply_gives_the_bytes_that_are_wanted(case: Path, applied: dict[str, bytes]) -> None:
    assert applied == files(case / "after")


def test_only_marked_lines_change(case: Path, applied: dict[str, bytes]) -> None:
    for path, before in files(case / "before").items():
        assert changed_lines(before, applied[path]) <= marked_lines(scan(path, before)), path


def test_the_old_values_give_the_old_bytes(case: Path) -> None:
    after, before = files(case / "after"), files(case / "before")
    if case.name != "number-like-tag-is-quoted":  # quotes that a value needed stay when the next one does not
        assert {one.kind for one in judge(Step("", after, before))} == {"same"}


@pytest.mark.parametrize("case", REFORMATTED, ids=lambda case: case.name)
def test_where_flux_reformatted_the_values_are_the_same_and_the_layout_stays(case: Path) -> None:
    before, after, flux = (files(case / folder) for folder in ("before", "after", "flux-after"))
    for path in before:
        assert flux[path] != after[path]
        assert values(scan(path, flux[path])) == values(scan(path, after[path]))
        assert compare(path, before[path], flux[path], after[path]).kind == "reformatted", path


@pytest.mark.parametrize("case", [one for one in CASES if one not in REFORMATTED], ids=lambda case: case.name)
def test_what_the_commit_elected_is_read_back_from_it(case: Path) -> None:
    step = pair(case / "before", case / "after")
    assert {one.kind for one in judge(step)} <= {"same"}
    assert bool(step.before) == (files(case / "before") != files(case / "after"))


def test_there_are_enough_cases_of_both_kinds() -> None:
    assert len(CASES) >= 25
    assert len(REFORMATTED) >= 10
