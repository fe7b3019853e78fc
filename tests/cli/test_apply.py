"""`gitbot apply` as a user calls it: paths, policies, outputs and exit codes."""

from __future__ import annotations

import io
import json
import resource
import sys
from pathlib import Path

import pytest

from gitbot.cli.diff import unified
from gitbot.cli.main import run as gitbot

M = '# {"$imagepolicy": "ns:p"}'
OLD = f"a: x:1 {M}\n"
NEW = f"a: app:2 {M}\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "tree" / "sub").mkdir(parents=True)
    (tmp_path / "tree" / "sub" / "a.yaml").write_text(OLD)
    (tmp_path / "p.json").write_text('{"ns:p": "app:2"}')
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tree"


def paths(text: str) -> list[str]:
    return [one["path"] for one in json.loads(text)["changed"]["files"]]


def test_nothing_to_do_is_said_and_exits_0(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "sub" / "a.yaml").write_text(NEW)
    assert gitbot(["apply", "tree", "--policies", "p.json"]) == 0
    assert gitbot(["apply", "tree", "--policies", "p.json", "--check", "--diff"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "0 values changed in 0 files; 0 problems" in said.err


def test_one_folder_is_reported_from_the_folder(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["apply", "tree", "--policies", "p.json", "--output", "json"]) == 0
    assert paths(capsys.readouterr().out) == ["sub/a.yaml"]
    assert (tree / "sub" / "a.yaml").read_text() == NEW


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["tree/sub/a.yaml"], ["tree/sub/a.yaml"]),
        (["tree", "tree/sub"], ["tree/sub/a.yaml"]),
        (["./tree//sub/../sub/a.yaml"], ["tree/sub/a.yaml"]),
    ],
)
def test_other_paths_are_reported_from_here_and_once(
    tree: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: list[str]
) -> None:
    assert gitbot(["apply", *arguments, "--policies", "p.json", "-o", "json"]) == 0
    assert paths(capsys.readouterr().out) == expected
    assert (tree / "sub" / "a.yaml").read_text() == NEW


def test_a_folder_elsewhere_is_reached_from_here(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree / "sub")
    assert gitbot(["apply", "..", "../sub", "--policies", "../../p.json", "-o", "json"]) == 0
    assert paths(capsys.readouterr().out) == ["a.yaml"]


def test_policies_come_from_standard_input(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = {
        "kind": "List",
        "items": [
            {
                "apiVersion": "image.toolkit.fluxcd.io/v1",
                "kind": "ImagePolicy",
                "metadata": {"name": "p", "namespace": "ns"},
                "status": {"latestRef": {"name": "app", "tag": "2"}},
            }
        ],
    }
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(objects).encode())))
    assert gitbot(["apply", "tree", "--policies", "-"]) == 0
    assert (tree / "sub" / "a.yaml").read_text() == NEW


def test_text_output_names_each_change(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["apply", "tree", "--policies", "p.json"]) == 0
    said = capsys.readouterr()
    assert said.out == "sub/a.yaml:1: x:1 -> app:2 (ns:p)\n"
    assert "1 value changed in 1 file;" in said.err


def test_check_and_diff_write_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["apply", "tree", "--policies", "p.json", "--check", "--diff"]) == 3
    assert capsys.readouterr().out == f"--- a/sub/a.yaml\n+++ b/sub/a.yaml\n@@ -1,1 +1,1 @@\n-{OLD}+{NEW}"
    assert (tree / "sub" / "a.yaml").read_text() == OLD


def test_an_invalid_image_fails_its_policy_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "b.yaml").write_text('b: y # {"$imagepolicy": "ns:bad"}\n')
    (tree.parent / "p.json").write_text('{"ns:p": "app:2", "ns:bad": "no tag"}')
    assert gitbot(["apply", "tree", "--policies", "p.json", "-o", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in said["changed"]["files"]] == ["sub/a.yaml"]
    assert {one["code"] for one in said["problems"]} == {"invalid-reference", "policy-failed"}


def test_a_failure_beats_a_change_that_check_finds(tree: Path) -> None:
    (tree.parent / "p.json").write_text('{"ns:p": "app:2", "ns:bad": "no tag"}')
    assert gitbot(["apply", "tree", "--policies", "p.json", "--check"]) == 1


def test_problems_alone_exit_0(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = json.dumps({"$imagepolicy": "a:b:\u202e\x1b[31m"})
    (tree / "sub" / "a.yaml").write_text(f"# $imagepolicy\na: x # {hostile}\nc: \u202e # {{'$imagepolicy'}}\n")
    assert gitbot(["apply", "tree", "--policies", "p.json"]) == 0
    said = capsys.readouterr()
    assert "sub/a.yaml:1: warning:" in said.err
    assert not {"\x1b", "\u202e"} & set(said.err + said.out)


def test_a_file_that_cannot_be_written_fails_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "b.yaml").write_text(OLD)
    (tree / "sub" / "a.yaml").write_text(OLD + "#" * 200)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        assert gitbot(["apply", "tree", "--policies", "p.json", "-o", "json"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in said["changed"]["files"]] == ["b.yaml"]
    assert [one["path"] for one in said["problems"]] == ["sub/a.yaml"]
    assert (tree / "sub" / "a.yaml").read_text() == OLD + "#" * 200


@pytest.mark.parametrize(
    "arguments",
    [["tree"], ["--policies", "p.json"], ["none", "--policies", "p.json"], ["tree", "--policies", "none.json"]],
    ids=["no policies", "no path", "a missing path", "a missing policies file"],
)
def test_a_wrong_call_exits_2(tree: Path, arguments: list[str]) -> None:
    assert gitbot(["apply", *arguments]) == 2


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ("a\n", "a\n", []),
        ("a\nb\n", "a\nc\n", ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]),
        ("a", "b", ["@@ -1,1 +1,1 @@", "-a", "\\ No newline at end of file", "+b", "\\ No newline at end of file"]),
        ("a\r\nb\r\n", "x\r\nb\r\n", ["@@ -1,2 +1,2 @@", "-a", "+x", " b"]),
        ("a\nb\nc\n", "x\nc\n", ["@@ -1,3 +1,2 @@", "-a", "-b", "+x", " c"]),
    ],
)
def test_a_diff_is_a_unified_diff(old: str, new: str, rows: list[str]) -> None:
    assert unified("f", old, new).split("\n")[2:-1] == rows


def test_a_diff_has_one_hunk_for_each_group_of_changes() -> None:
    old = [f"{number}\n" for number in range(40)]
    new = ["x\n" if number in {3, 9, 30} else line for number, line in enumerate(old)]
    heads = [row for row in unified("f", "".join(old), "".join(new)).split("\n") if row.startswith("@@")]
    assert heads == ["@@ -1,13 +1,13 @@", "@@ -28,7 +28,7 @@"]
