"""Login plugins: what they are told, what they may answer, and that they end. Each is a real program."""

from __future__ import annotations

import json
import math
import os
import stat
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitbot.errors import ConfigError, Refused, Unavailable
from gitbot.kube.config import from_kubeconfig
from gitbot.kube.plugin import VERSIONS, Plugin
from gitbot.secret import Secret
from tests.servers.tls import authority

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN = "canary-plugin-token-0d3f"
ANSWER = {"apiVersion": VERSIONS[0], "kind": "ExecCredential", "status": {"token": TOKEN}}


@pytest.fixture
def program(tmp_path):
    """Write a program in Python; `say(value)` prints JSON."""

    def make(body):
        path = tmp_path / "plugin"
        head = f"#!{sys.executable} -I\nimport json, os, sys, time\ndef say(value): print(json.dumps(value))\n"
        path.write_text(head + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def answer(version=VERSIONS[0], **status):
    return f"say({ {'apiVersion': version, 'kind': 'ExecCredential', 'status': status}!r})"


def look(path, **more):
    return Plugin(command=str(path), source="config: context prod", **more).look(lambda: NOW)


@contextmanager
def standard_input(data):
    """Let this process have something to read, which no plugin may take."""
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    kept = os.dup(0)
    os.dup2(read, 0)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(read)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_without_an_end_is_good_for_ever(program, version):
    credential, lasts = look(program(answer(version, token=TOKEN)), version=version)
    assert (credential.token, credential.client, lasts) == (Secret(TOKEN), None, math.inf)


@pytest.mark.parametrize(
    ("until", "lasts"),
    [("2026-11-20T12:10:00Z", 600), ("2026-11-20T13:10:00+01:00", 600), ("2026-11-20T11:00:00Z", 0)],
)
def test_a_token_is_good_until_its_time(program, until, lasts):
    assert look(program(answer(token=TOKEN, expirationTimestamp=until)))[1] == lasts


def test_a_certificate_may_be_the_answer(program, tmp_path):
    tls = authority(tmp_path / "tls")
    cert, key = tls.client_cert.read_text(), tls.client_key.read_text()
    credential, _ = look(program(answer(clientCertificateData=cert, clientKeyData=key)))
    assert (credential.client.cert, credential.client.key) == (cert, Secret(key))
    assert credential.authorization == ""


def test_a_plugin_sees_what_it_is_given_and_nothing_else(program, tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY", "of the parent")
    seen = tmp_path / "seen"
    keep = f"json.dump([dict(os.environ), sys.argv[1:], sys.stdin.read()], open({str(seen)!r}, 'w'));"
    path = program(f"{keep} say({ANSWER!r})")
    with standard_input(b"of the parent"):
        look(path, arguments=("get-token", "--x"), environment={"A": "b"}, cluster={"server": "https://k"})
    environment, arguments, given = json.loads(seen.read_text())
    told = json.loads(environment.pop("KUBERNETES_EXEC_INFO"))
    environment.pop("LC_CTYPE", None)
    assert (environment, arguments, given) == ({"A": "b"}, ["get-token", "--x"], "")
    assert told == {
        "apiVersion": VERSIONS[0],
        "kind": "ExecCredential",
        "spec": {"interactive": False, "cluster": {"server": "https://k"}},
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sys.exit(3)", "failed with exit code 3"),
        (f"print({TOKEN!r})", "answered no ExecCredential"),
        ("print('[' * 100000)", "answered no ExecCredential"),
        ("say([])", "answered no ExecCredential"),
        ("say({'kind': 'Secret'})", "answered no ExecCredential"),
        (answer(VERSIONS[1], token=TOKEN), "answered in the version"),
        (answer(), "neither a token nor a client certificate"),
        (answer(token=7), "neither a token nor a client certificate"),
        (answer(token=TOKEN, clientKeyData="k"), "a key without its certificate"),
        (answer(clientCertificateData="c"), "a client certificate without its key"),
        (answer(token=TOKEN, expirationTimestamp="soon"), "is no time with a zone"),
        (answer(token=TOKEN, expirationTimestamp="2026-11-20T12:10:00"), "is no time with a zone"),
    ],
)
def test_what_is_no_login_is_refused_and_not_repeated(program, body, said):
    with pytest.raises(Refused, match=said) as caught:
        look(program(body))
    assert str(caught.value).startswith("config: context prod: the login plugin ")
    assert TOKEN not in f"{caught.value} {caught.value.hint}"


def test_a_plugin_that_does_not_end_is_killed_with_what_it_started(program, tmp_path):
    mark = tmp_path / "child"
    body = f"pid = os.fork()\nif pid: open({str(mark)!r}, 'w').write(str(pid))\ntime.sleep(600)"
    with pytest.raises(Unavailable, match="did not answer within 1 s"):
        look(program(body), timeout_s=1)
    state = Path(f"/proc/{mark.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_plugin_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(Refused, match="is not installed") as caught:
        look("no-such-plugin", environment={"PATH": str(tmp_path)}, hint="install it from example.com")
    assert caught.value.hint == "install it from example.com"
    with pytest.raises(Refused, match="cannot be started: No such file"):
        look(tmp_path / "none")


# From a kubeconfig


@pytest.fixture
def kubeconfig(tmp_path):
    def make(**fields):
        settings = {"apiVersion": VERSIONS[0], "command": "./plugin", "interactiveMode": "Never"} | fields
        extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
        cluster = {"server": "https://kube.example.com", "tls-server-name": "kube", "extensions": [extension]}
        document = {
            "current-context": "prod",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"exec": settings}}],
            "contexts": [{"name": "prod", "context": {"cluster": "c", "user": "u"}}],
        }
        (tmp_path / "config").write_text(json.dumps(document))
        return from_kubeconfig((tmp_path / "config",), None, {"PATH": "/usr/bin:/bin"}, lambda: NOW)

    return make


def test_a_plugin_is_run_when_a_login_is_wanted_and_not_before(kubeconfig, program, tmp_path):
    count = tmp_path / "count"
    program(f"open({str(count)!r}, 'a').write('x'); say({ANSWER!r})")
    login = kubeconfig().login
    assert not count.exists()
    first = login.get()
    assert login.get() is first
    assert count.read_text() == "x"
    login.renewed(first)
    assert count.read_text() == "xx"


def test_a_login_that_has_ended_is_looked_up_again(kubeconfig, program, tmp_path):
    count = tmp_path / "count"
    until = (NOW - timedelta(seconds=1)).isoformat()
    status = {"token": TOKEN, "expirationTimestamp": until}
    program(f"open({str(count)!r}, 'a').write('x'); say({ANSWER | {'status': status}!r})")
    login = kubeconfig().login
    login.get()
    login.get()
    assert count.read_text() == "xx"


def test_a_plugin_is_told_about_its_cluster_when_it_wants_to(kubeconfig, program, tmp_path):
    seen = tmp_path / "seen"
    program(f"open({str(seen)!r}, 'w').write(os.environ['KUBERNETES_EXEC_INFO'] + os.environ['A']); say({ANSWER!r})")
    kubeconfig(provideClusterInfo=True, env=[{"name": "A", "value": "!"}]).login.get()
    told = json.loads(seen.read_text().removesuffix("!"))
    assert told["spec"]["cluster"] == {
        "server": "https://kube.example.com", "tls-server-name": "kube", "config": {"audience": "x"},
    }  # fmt: skip
    kubeconfig(env=[{"name": "A", "value": "!"}]).login.get()
    assert "cluster" not in json.loads(seen.read_text().removesuffix("!"))["spec"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"interactiveMode": "Always"}, "interactiveMode: a plugin that asks a person"),
        ({"args": "x"}, "args: must be a list of texts"),
        ({"args": [1]}, "args: must be a list of texts"),
        ({"env": {"A": "b"}}, "env: must be a list"),
        ({"env": [{"name": "A", "value": 1}]}, "env: must be a list"),
        ({"command": ["x"]}, "command: must be a text"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_refused_when_loaded(kubeconfig, fields, said):
    with pytest.raises(ConfigError, match=said) as caught:
        kubeconfig(**fields)
    assert "context prod: user u: exec" in str(caught.value)
