"""Credential helpers: real programs, good, bad and slow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.registry.credentials import Credential
from gitbot.registry.helper import ask_helper
from gitbot.secret import Secret


@pytest.fixture
def helper(tmp_path):
    """Install `docker-credential-test` with this body; the environment that finds it."""

    def install(body):
        path = Path(tmp_path, "docker-credential-test")
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.defpath}", "REGION": "here"}

    return install


@pytest.mark.parametrize(
    "body",
    ["echo credentials not found in native keychain; exit 1", 'echo \'{"Username": "", "Secret": ""}\''],
    ids=["said so", "empty"],
)
def test_a_helper_that_has_nothing(helper, body):
    assert ask_helper("test", "ghcr.io", helper(body)) is None


def test_a_helper_is_asked_on_its_input_and_sees_what_it_is_given_alone(helper, monkeypatch):
    monkeypatch.setenv("CANARY_OF_OURS", "x")
    environment = helper(
        'read server; echo "{\\"Username\\": \\"$1 $server $REGION$CANARY_OF_OURS\\", \\"Secret\\": \\"canary-s\\"}"'
    )
    assert ask_helper("test", "https://index.docker.io/v1/", environment) == Credential(
        username="get https://index.docker.io/v1/ here",
        password=Secret("canary-s"),
        source="docker-credential-test for https://index.docker.io/v1/",
    )


def test_a_helper_may_give_an_identity_token(helper):
    found = ask_helper("test", "a.io", helper('echo \'{"Username": "<token>", "Secret": "canary-identity"}\''))
    assert found is not None
    assert found.identity_token == Secret("canary-identity")
    assert found.password is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("echo no region; exit 2", "failed for ghcr.io: no region"),
        ("exit 3", "exit code 3"),
        ("echo nonsense", "no JSON object"),
        ("echo '[1]'", "no JSON object"),
        ("printf '\\033[2J\\n::error::x'; exit 1", r"\\x1b\[2J\\n::error::x"),
    ],
)
def test_a_helper_that_fails_is_an_error(helper, body, why):
    with pytest.raises(Refused, match=why):
        ask_helper("test", "ghcr.io", helper(body))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", "a b", "$(x)"])
def test_a_name_that_is_no_name_starts_nothing(name):
    with pytest.raises(Refused, match="no name of a credential helper"):
        ask_helper(name, "ghcr.io", {})


def test_a_helper_that_is_missing_is_named():
    with pytest.raises(Refused, match="docker-credential-missing is not installed"):
        ask_helper("missing", "ghcr.io", {"PATH": os.defpath})


def test_a_helper_that_hangs_is_killed_with_what_it_started(helper, tmp_path):
    body = f"sleep 600 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(Unavailable, match=r"did not answer within 2 s"):
        ask_helper("test", "ghcr.io", helper(body), timeout_s=2)
    pid = int(Path(tmp_path, "pid").read_text())
    status = Path(f"/proc/{pid}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"
