"""`gitbot status` and `gitbot history` on real state files, through the command line."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gitbot.cli.main import run as gitbot
from gitbot.state import conditions
from gitbot.state.store import open_store
from tests.state.examples import BEFORE, FULL, NEW, NOW, run

CONFIG = """
state: sqlite:///made/state.db
repositories:
  - {name: fleet, namespace: flux-system, url: https://git.example.com/fleet.git, ref: {branch: main}}
automations:
"""
AUTOMATION = """
  - name: NAME
    namespace: NAMESPACE
    interval: 30m
    sourceRef: {name: fleet, namespace: flux-system}
    git: {commit: {author: {name: gitbot, email: gitbot@example.com}}}
"""
KEYS = [("flux-system", "fleet"), ("flux-system", "other"), ("dev", "fleet")]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gitbot.yaml"
    parts = [AUTOMATION.replace("NAMESPACE", namespace).replace("NAME", name) for namespace, name in KEYS]
    path.write_text(CONFIG + "".join(parts) + "    suspend: true\n")
    return path


@pytest.fixture
def state(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/made/state.db"


@pytest.fixture
def filled(state: str) -> str:
    failed = conditions.failed((), reason="AccessDenied", message="no\nway", now=NOW)
    with open_store(state) as store:
        store.put(replace(FULL, intent=None), run(1))
        store.put(
            replace(FULL, name="other", conditions=failed),
            replace(run(2, name="other"), outcome="failed", error="no way"),
        )
        store.add_run(run(3))
    return state


def out(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    assert gitbot([str(word) for word in argv]) == 0
    return capsys.readouterr().out


def test_automations_that_never_ran_are_listed_and_no_state_is_made(config, capsys, tmp_path):
    lines = out(capsys, "status", "-c", config).splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["AUTOMATION", "READY", "REASON"],
        ["flux-system/fleet", "Unknown", "NeverRun"],
        ["flux-system/other", "Unknown", "NeverRun"],
        ["dev/fleet", "Unknown", "Suspended"],
    ]
    assert out(capsys, "history", "-c", config) == "no run is recorded\n"
    assert list(tmp_path.iterdir()) == [config]


def test_a_state_without_records_says_so(state, capsys):
    assert out(capsys, "status", "--state", state) == "no automation has run yet\n"
    assert json.loads(out(capsys, "status", "--state", state, "-o", "json")) == {"automations": [], "problems": []}
    assert json.loads(out(capsys, "history", "--state", state, "-o", "json")) == {"runs": [], "problems": []}


def test_without_a_state_in_the_configuration_it_is_below_the_users_state_folder(config, capsys, home):
    config.write_text(config.read_text().replace("state: sqlite:///made/state.db", ""))
    with open_store(f"sqlite:///{home}/.local/state/gitbot/state.db") as store:
        store.put(FULL)
    assert "Succeeded" in out(capsys, "status", "-c", config, "flux-system/fleet")


def test_the_status_shows_what_was_observed_and_why_it_is_not_ready(config, filled, capsys):
    assert out(capsys, "status", "-c", config).splitlines()[:3] == [
        "AUTOMATION         READY    REASON                  REVISION           LAST PUSH                     LAST RUN              MESSAGE",
        "flux-system/fleet  True     Succeeded               main@sha1:1111111  1111111 2026-11-20 11:30:15Z  2026-11-20 12:30:15Z  repository up-to-date",
        "flux-system/other  False    AccessDenied (stalled)  main@sha1:1111111  1111111 2026-11-20 11:30:15Z  2026-11-20 12:30:15Z  push of 2222222 was not confirmed; the next run looks; no",
    ]


def test_as_json_every_field_of_flux_is_there(config, filled, capsys):
    shown = json.loads(out(capsys, "status", "-c", config, "--output", "json"))
    first, second, third = shown["automations"]
    assert first == FULL.as_dict() | {"suspended": False, "pendingPush": None}
    assert second["pendingPush"]["commit"] == NEW
    assert second["conditions"][0]["message"] == "no\nway"
    assert (third["namespace"], third["name"], third["suspended"], third["conditions"]) == ("dev", "fleet", True, [])
    assert shown["problems"] == []


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        ((), ["flux-system/fleet", "flux-system/other", "dev/fleet"]),
        (("fleet",), ["flux-system/fleet", "dev/fleet"]),
        (("dev/fleet", "other", "dev/fleet"), ["dev/fleet", "flux-system/other"]),
    ],
    ids=["all", "by name", "by namespace and name"],
)
def test_names_choose_automations(config, capsys, names, keys):
    shown = json.loads(out(capsys, "status", "-c", config, "-o", "json", *names))
    assert [f"{item['namespace']}/{item['name']}" for item in shown["automations"]] == keys


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["status", "-c", "CONFIG", "gone"], "there is no automation 'gone'"),
        (["status", "-c", "CONFIG", "--state", "sqlite://"], "--config and --state"),
        (["history", "-c", "CONFIG", "--state", "sqlite://"], "--config and --state"),
        (["history", "-c", "CONFIG", "--limit", "0"], "limit"),
    ],
)
def test_arguments_that_make_no_sense_are_a_usage_error(config, capsys, argv, message):
    assert gitbot([word.replace("CONFIG", str(config)) for word in argv]) == 2
    assert message in capsys.readouterr().err


def test_the_history_shows_the_newest_runs_first(config, filled, capsys):
    lines = out(capsys, "history", "-c", config).splitlines()
    assert [line.split()[2:] for line in lines[1:]] == [
        ["flux-system/fleet", "pushed", "2222222", "main", "1", "Update", "images"],
        ["flux-system/other", "failed", "2222222", "main", "1", "no", "way"],
        ["flux-system/fleet", "pushed", "2222222", "main", "1", "Update", "images"],
    ]


@pytest.mark.parametrize(
    ("argv", "ids"),
    [(["fleet"], ["r3", "r1"]), (["flux-system/other"], ["r2"]), (["gone"], []), (["-n", "1"], ["r3"])],
)
def test_the_history_of_one_automation_and_of_so_many_runs(filled, capsys, argv, ids):
    shown = json.loads(out(capsys, "history", "--state", filled, "-o", "json", *argv))
    assert [item["id"] for item in shown["runs"]] == ids
    assert all(item["result"]["files"] for item in shown["runs"])


def test_foreign_text_cannot_reach_the_terminal(state, capsys):
    evil = "\x1b[31m\u202e::error::x"
    with open_store(state) as store:
        broken = conditions.failed((), reason="UpdateFailed", message=evil, now=BEFORE)
        store.put(replace(FULL, conditions=broken, intent=None), replace(run(1), message=evil, branch=evil))
    for command in ("status", "history"):
        shown = out(capsys, command, "--state", state)
        assert all(line.isprintable() for line in shown.splitlines())
        assert r"\x1b[31m\u202e" in shown


def test_records_that_cannot_be_read_are_named_and_the_others_shown(filled, capsys):
    with open_store(filled) as store:
        store._database.write(lambda execute: execute("UPDATE gitbot_records SET body = '{' WHERE name = 'other'"))
        store._database.write(lambda execute: execute("UPDATE gitbot_runs SET body = '{' WHERE id = 'r2'"))
    for command in ("status", "history"):
        assert gitbot([command, "--state", filled]) == 0
        shown = capsys.readouterr()
        assert "of flux-system/other in the state is ignored" in shown.err
        assert "flux-system/fleet" in shown.out


def test_a_state_that_cannot_be_opened_is_one_error(tmp_path, capsys):
    (tmp_path / "state.db").write_text("no database, and long enough to be looked at as one" * 40)
    assert gitbot(["status", "--state", f"sqlite:///{tmp_path}/state.db"]) == 1
    assert "it is not a SQLite database" in capsys.readouterr().err


def test_on_a_real_terminal_the_same_cells_are_drawn(state):
    evil = "[red]\x1b[31mwords"
    with open_store(state) as store:
        store.put(replace(FULL, conditions=conditions.succeeded((), message=evil, now=NOW)))
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "250"}
    argv = [sys.executable, "-m", "gitbot", "status", "--state", state]
    with subprocess.Popen(argv, stdin=theirs, stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[1m" in shown  # the headings are bold
    assert b"flux-system/fleet" in shown
    assert b"[red]\\x1b[31mwords" in shown


def read(terminal: int) -> bytes:
    """What the terminal was sent; nothing once the other side is closed, which Linux reports as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
