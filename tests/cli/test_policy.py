"""`gitbot policy test`: the command line, its exit codes, and tags files as people have them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gitbot.cli.main import run as gitbot


def run_on(tmp_path: Path, tags: bytes, *argv: str) -> int:
    file = tmp_path / "tags.txt"
    file.write_bytes(tags)
    return gitbot(["policy", "test", *argv, "--tags-file", str(file)])


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_no_tags_elect_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"", "--semver", "1.x", "--output", "json") == 1
    out, err = capsys.readouterr()
    assert json.loads(out) == {"latest": None, "accepted": [], "rejected": []}
    assert err == "gitbot: no tag is elected: there are no tags to elect from\n"


def test_a_winner_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"1.0.0\n1.2.0\nlatest\n", "--semver", "1.x", "-o", "json") == 0
    assert answer(capsys) == {
        "latest": "1.2.0",
        "accepted": ["1.2.0", "1.0.0"],
        "rejected": [{"tag": "latest", "reason": "not a version: fewer than two dots"}],
    }


def test_the_text_marks_the_winner_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run_on(tmp_path, b"a-2\na-10\nb\n\x1b[2J\n", "--numerical", "asc", "--filter", "^a-(.*)", "--extract", "$1")
        == 0
    )
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["TAG", "COMPARED", "AS", "WHY"],
        ["*", "a-10", "10", "elected"],
        ["a-2", "2", "kept,", "place", "2"],
        ["\\x1b[2J", "does", "not", "match", "the", "filter", "^a-(.*)"],
        ["b", "does", "not", "match", "the", "filter", "^a-(.*)"],
    ]


def test_one_tag_that_is_no_number_elects_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"1\nx\n", "--numerical", "asc") == 1
    out, err = capsys.readouterr()
    assert "elected" not in out
    assert "these are not: x" in err


def test_warnings_go_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"0.0.0\n", "--semver", "^*", "-o", "json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["latest"] == "0.0.0"
    assert err.startswith("gitbot: warning: ^* accepts only 0.0.0")


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("--semver", "1.x", "--numerical", "asc"),
        ("--semver", "1x"),
        ("--semver", ""),
        ("--alphabetical", "up"),
        ("--alphabetical", "asc", "--filter", "("),
        ("--alphabetical", "asc", "--exclude", "["),
        ("--alphabetical", "asc", "--filter", "(?=a)"),
        ("--fastest", "asc"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]
) -> None:
    assert run_on(tmp_path, b"1.0.0\n", *argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


@pytest.mark.parametrize(("direction", "winner"), [("asc", "b"), ("desc", "a"), ("DESC", "a"), ("", "b")])
def test_directions_are_those_of_flux(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], direction: str, winner: str
) -> None:
    assert run_on(tmp_path, b"a\nb\n", "--alphabetical", direction, "-o", "json") == 0
    assert answer(capsys)["latest"] == winner


def test_several_exclusions_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run_on(tmp_path, b"a\nb\nc\n", "--alphabetical", "asc", "--exclude", "c", "--exclude", "b", "-o", "json") == 0
    )
    assert answer(capsys)["accepted"] == ["a"]


def test_extract_alone_matches_every_tag_as_in_flux(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"b\na\n", "--alphabetical", "asc", "--extract", "$0", "-o", "json") == 0
    assert answer(capsys)["accepted"] == ["a"]


@pytest.mark.parametrize(
    ("data", "tags"),
    [
        (b"\n\n", []),
        (b"a", ["a"]),
        (b"a\n\na\nb", ["a", "b"]),
        (b"\xef\xbb\xbfa\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"a\r\nb\r\nc", ["a", "b", "c"]),
        (b"a\r\nb\n", ["a\r", "b"]),
        (b" a\nb \n\t\n", ["\t", " a", "b "]),
        ("é\u2028x\x0by\n".encode(), ["é\u2028x\x0by"]),
        (b"a\x00b\n", ["a\x00b"]),
    ],
    ids=repr,
)
def test_odd_lines_are_read_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, tags: list[str]
) -> None:
    run_on(tmp_path, data, "--alphabetical", "desc", "-o", "json")
    assert answer(capsys)["accepted"] == tags


def test_bytes_that_are_no_text_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"a\n\xff\xfe\n", "--alphabetical", "asc", "-o", "json") == 0
    assert answer(capsys)["rejected"] == [{"tag": "\\xff\\xfe", "reason": "not valid UTF-8"}]


def test_tags_are_read_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"1.0.0\n")))
    assert gitbot(["policy", "test", "--semver", "1.x", "-o", "json"]) == 0
    assert answer(capsys)["latest"] == "1.0.0"


def test_a_missing_file_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["policy", "test", "--semver", "1.x", "--tags-file", str(tmp_path / "none")]) == 2
    assert "cannot read the tags" in capsys.readouterr().err


def test_too_many_tags_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_on(tmp_path, b"\n" * 200_000, "--alphabetical", "asc") == 2
    assert "at most 200,000 tags" in capsys.readouterr().err


def test_endless_input_is_refused() -> None:
    assert gitbot(["policy", "test", "--alphabetical", "asc", "--tags-file", "/dev/zero"]) == 2
