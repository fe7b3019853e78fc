"""`gitbot explain`: one field, or one policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitbot.cli.main import run as gitbot

TEXT = """kind: Deployment
metadata: {name: web, namespace: shop}
image: x:1 # {"$imagepolicy": "ns:p"}
tag: "2" # {"$imagepolicy": "ns:p:tag"}
digest: y # {"$imagepolicy": "ns:p:digest"}
other: z # {"$imagepolicy": "ns:none"}
bad: z # {'$imagepolicy': 'ns:p'}
list:
  # {"$imagepolicy": "ns:p"}
  - x:1
asleep: z # {"$imagepolicy": "ns:asleep"}
"""
CONFIG = """
policies:
  - {name: p, namespace: ns, image: app, policy: {fixed: {tag: "2"}}}
  - {name: asleep, namespace: ns, image: app, suspend: true, policy: {fixed: {tag: "2"}}}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(TEXT)
    (tmp_path / "plain.yaml").write_text("a: b\n")
    (tmp_path / "c.yaml").write_text(CONFIG)
    (tmp_path / "p.json").write_text('{"ns:p": "app:2"}')
    monkeypatch.chdir(tmp_path)


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = gitbot(["explain", *arguments, "--output", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("source", [["-c", "c.yaml"], ["--policies", "p.json"]])
@pytest.mark.parametrize(
    ("line", "facts"),
    [
        (3, {"state": "changes", "policy": "ns:p", "current": "x:1", "wanted": "app:2", "keyPath": "image"}),
        (4, {"state": "up-to-date", "part": "tag", "current": "2", "wanted": "2"}),
        (5, {"state": "problem", "code": "missing-digest", "current": "y"}),
        (6, {"state": "problem", "code": "unknown-policy", "policy": "ns:none"}),
        (7, {"state": "problem", "code": "malformed-marker"}),
        (9, {"state": "changes", "line": 10, "keyPath": "list[0]"}),
        (10, {"state": "changes", "line": 10, "marker": "ns:p"}),
    ],
)
def test_a_line_with_a_marker_is_explained(
    capsys: pytest.CaptureFixture[str], source: list[str], line: int, facts: dict[str, Any]
) -> None:
    code, said = ask(capsys, f"a.yaml:{line}", *source)
    assert code == 0
    assert said | facts == said
    assert said.get("reason")


@pytest.mark.parametrize(
    ("subject", "words"),
    [("a.yaml:1", "no marker"), ("a.yaml:99", "no line 99"), ("plain.yaml:1", "holds no $imagepolicy")],
)
def test_a_line_without_a_marker_exits_1_and_says_so(
    capsys: pytest.CaptureFixture[str], subject: str, words: str
) -> None:
    code, said = ask(capsys, subject)
    assert (code, said["state"]) == (1, "unmarked")
    assert words in said["reason"]


def test_without_policies_the_marker_is_still_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = ask(capsys, "a.yaml:3")
    assert (code, said["state"], said["policy"]) == (0, "unknown", "ns:p")
    assert said["object"] == {"apiVersion": "", "kind": "Deployment", "namespace": "shop", "name": "web"}


@pytest.mark.parametrize("named", [True, False])
def test_the_configuration_is_the_usual_one_unless_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    if named:
        monkeypatch.setenv("GITBOT_CONFIG", "c.yaml")
    else:
        Path("gitbot.yaml").write_text(CONFIG)
    code, facts = ask(capsys, "ns:p")
    assert (code, facts["image"], facts["from"]) == (0, "app:2", "fixed in the configuration")
    assert ask(capsys, "a.yaml:3")[1]["wanted"] == "app:2"


def test_a_configuration_that_the_environment_names_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITBOT_CONFIG", "none.yaml")
    assert gitbot(["explain", "a.yaml:3"]) == 2


def test_an_automation_that_does_not_select_the_policy_leaves_its_markers_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("gitbot.yaml").write_text(
        CONFIG
        + """
repositories: [{name: r, url: "https://git.example.com/r"}]
automations:
  - name: a
    namespace: ns
    sourceRef: {name: r, namespace: default}
    git: {commit: {author: {email: a@example.com}}}
    policySelector: {matchLabels: {team: web}}
"""
    )
    said = ask(capsys, "a.yaml:3")[1]["automations"]
    assert said == {"ns/a": "leaves it alone: its policySelector does not select the policy"}


def test_a_suspended_policy_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    _, said = ask(capsys, "a.yaml:11", "-c", "c.yaml")
    assert (said["code"], "suspended" in said["reason"]) == ("unknown-policy", True)


def test_the_text_form_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert gitbot(["explain", "a.yaml:3", "-c", "c.yaml"]) == 0
    said = capsys.readouterr().out
    for words in ("ns:p", "x:1", "app:2", "fixed in the configuration", "it will be changed", "Deployment shop web"):
        assert words in said


def test_a_policy_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = ask(capsys, "ns:p", "-c", "c.yaml")
    assert (code, said["image"], said["from"]) == (0, "app:2", "fixed in the configuration")
    code, said = ask(capsys, "ns:p", "--policies", "p.json")
    assert said["from"] == "the results in p.json"
    code, said = ask(capsys, "ns:asleep", "-c", "c.yaml")
    assert (code, said["state"]) == (0, "nothing")
    code, said = ask(capsys, "ns:none", "-c", "c.yaml")
    assert (code, said["state"]) == (1, "unknown")


@pytest.mark.parametrize(
    "arguments",
    [["what"], ["ns:p"], ["gone.yaml:3"], ["a.yaml:3", "-c", "c.yaml", "--policies", "p.json"]],
    ids=["neither form", "no policies", "no such file", "two sources"],
)
def test_a_wrong_call_exits_2(arguments: list[str]) -> None:
    assert gitbot(["explain", *arguments]) == 2
