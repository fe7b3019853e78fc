"""`gitbot lint`: what it finds, in every format, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitbot.cli.annotations import github, sarif
from gitbot.cli.main import run as gitbot
from gitbot.errors import Problem

GOOD = 'a: x # {"$imagepolicy": "ns:p"}\n'
BAD = "a: x # {'$imagepolicy': 'ns:p'}\n"
CONFIG = """
policies:
  - {name: p, namespace: ns, image: ghcr.io/o/app, policy: {fixed: {tag: 1.2.3}}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "apps").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_good_markers_and_no_markers_exit_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["lint"]) == 0
    (here / "apps" / "a.yaml").write_text(GOOD)
    assert gitbot(["lint", "apps"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "1 marker in 1 file; 0 problems" in said.err


def test_an_error_is_shown_from_here_with_what_to_do_and_exits_1(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "apps" / "a.yaml").write_text(GOOD + BAD)
    assert gitbot(["lint", "apps"]) == 1
    assert capsys.readouterr().out == (
        "apps/a.yaml:2: error: a marker is JSON: its strings stand in double quotes [malformed-marker]\n"
        '  hint: write # {"$imagepolicy": "namespace:policy"}\n'
    )


def test_warnings_alone_exit_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "apps" / "a.yaml").write_text("# about $imagepolicy\na: |\n  $imagepolicy\n")
    assert gitbot(["lint", "apps"]) == 0
    assert capsys.readouterr().out.count(": warning: ") == 2


def test_a_named_file_is_linted_whatever_its_name(here: Path) -> None:
    (here / "a.tpl").write_text(BAD)
    assert gitbot(["lint", "."]) == 0
    assert gitbot(["lint", "a.tpl"]) == 1


def test_a_configuration_finds_unknown_policies_and_missing_digests(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "c.yaml").write_text(CONFIG)
    (here / "apps" / "a.yaml").write_text(GOOD + GOOD.replace("ns:p", "ns:q") + GOOD.replace("ns:p", "ns:p:digest"))
    assert gitbot(["lint", "apps", "-c", "c.yaml", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["files"], said["markers"]) == (1, 3)
    assert [(one["line"], one["code"], one["severity"]) for one in said["problems"]] == [
        (2, "unknown-policy", "warning"),
        (3, "missing-digest", "warning"),
    ]


@pytest.mark.parametrize(
    ("reflection", "codes"), [("Never", ["missing-digest"]), ("IfNotPresent", []), ("Always, interval: 1h", [])]
)
def test_a_digest_that_a_registry_would_never_be_asked_for_is_found_without_asking(
    here: Path, capsys: pytest.CaptureFixture[str], reflection: str, codes: list[str]
) -> None:
    policy = (
        f"name: p, namespace: ns, image: x/y, policy: {{semver: {{range: 1.x}}}}, digestReflectionPolicy: {reflection}"
    )
    (here / "c.yaml").write_text(f"policies: [{{{policy}}}]\n")
    (here / "apps" / "a.yaml").write_text(GOOD + GOOD.replace("ns:p", "ns:p:digest"))
    assert gitbot(["lint", "apps", "-c", "c.yaml", "--format", "json"]) == 0
    assert [one["code"] for one in json.loads(capsys.readouterr().out)["problems"]] == codes


def test_a_missing_path_exits_2(here: Path) -> None:
    assert gitbot(["lint", "nowhere"]) == 2


@pytest.mark.parametrize("option", ["--format", "--output", "-o"])
def test_sarif_has_rule_place_and_words(here: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    (here / "apps" / "a b.yaml").write_text(BAD)
    assert gitbot(["lint", "apps", option, "sarif"]) == 1
    said = json.loads(capsys.readouterr().out)
    (run,) = said["runs"]
    (result,) = run["results"]
    assert (said["version"], run["columnKind"]) == ("2.1.0", "unicodeCodePoints")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "malformed-marker"
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "apps/a%20b.yaml"},
        "region": {"startLine": 1, "startColumn": 6},
    }


def test_github_annotations_stand_beside_the_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "apps" / "a.yaml").write_text(BAD)
    assert gitbot(["lint", "apps", "--format", "github"]) == 1
    assert capsys.readouterr().out.startswith(
        "::error file=apps/a.yaml,line=1,col=6,title=gitbot malformed-marker::a marker is JSON: "
    )


@pytest.mark.parametrize(
    ("path", "message", "line"),
    [
        ("a,b:c%.yaml", "x", "::warning file=a%2Cb%3Ac%25.yaml,title=gitbot limit::x"),
        ("a", "one\n::error::two\r", "::warning file=a,title=gitbot limit::one\\n::error::two\\r"),
        ("a\n::stop-commands::x", "100%", "::warning file=a\\n%3A%3Astop-commands%3A%3Ax,title=gitbot limit::100%25"),
        ("", "\x1b[31m", "::warning title=gitbot limit::\\x1b[31m"),
    ],
)
def test_nothing_in_an_annotation_begins_another_command(path: str, message: str, line: str) -> None:
    assert github(Problem(path=path, code="limit", message=message)) == line


def test_a_note_is_a_notice_and_an_unknown_code_is_a_rule() -> None:
    note = Problem(code="odd", message="m", severity="note")
    assert github(note).startswith("::notice ")
    assert sarif([note])["runs"][0]["tool"]["driver"]["rules"][-1]["id"] == "odd"
    assert "locations" not in sarif([note])["runs"][0]["results"][0]
