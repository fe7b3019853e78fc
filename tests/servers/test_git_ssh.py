"""The SSH server lets the right key in and runs git alone."""

from __future__ import annotations

import subprocess

import pytest

from tests.servers.git_ssh import PASSPHRASE

pytestmark = pytest.mark.server


def ssh(server, *, identity=None, known_hosts=None, batch="yes"):
    options = {
        "BatchMode": batch, "IdentitiesOnly": "yes", "StrictHostKeyChecking": "yes", "GlobalKnownHostsFile": "/dev/null",
        "UserKnownHostsFile": known_hosts or server.known_hosts, "IdentityAgent": "none",
    }  # fmt: skip
    words = [f"-o {name}={value}" for name, value in options.items()]
    return " ".join(["ssh -F /dev/null", *words, "-i", str(identity or server.identity)])


def git(monkeypatch, command, *argv):
    monkeypatch.setenv("GIT_SSH_COMMAND", command)
    return subprocess.run(["git", *map(str, argv)], capture_output=True, text=True, check=False)


def test_the_right_key_reads_and_pushes(git_ssh, make_repo, monkeypatch, tmp_path):
    repo = make_repo({"a.yaml": "x: 1\n"})
    cloned = git(monkeypatch, ssh(git_ssh), "clone", "-q", "--bare", git_ssh.url(repo), tmp_path / "copy")
    assert cloned.returncode == 0, cloned.stderr
    pushed = git(monkeypatch, ssh(git_ssh), "-C", tmp_path / "copy", "push", git_ssh.url(repo), "main:other")
    assert pushed.returncode == 0, pushed.stderr
    assert repo.head("other") == repo.head("main")
    assert [line for line in git_ssh.commands() if str(repo.path) in line] == [
        f"git-upload-pack '{repo.path}'",
        f"git-receive-pack '{repo.path}'",
    ]


def test_a_strange_key_is_refused(git_ssh, make_repo, monkeypatch):
    refused = git(monkeypatch, ssh(git_ssh, identity=git_ssh.stranger), "ls-remote", git_ssh.url(make_repo({"a": "1"})))
    assert "Permission denied" in refused.stderr


def test_a_wrong_host_key_is_noticed(git_ssh, make_repo, monkeypatch):
    command = ssh(git_ssh, known_hosts=git_ssh.wrong_known_hosts)
    assert (
        "Host key verification failed"
        in git(monkeypatch, command, "ls-remote", git_ssh.url(make_repo({"a": "1"}))).stderr
    )


def test_a_locked_key_needs_its_passphrase(git_ssh, make_repo, monkeypatch, tmp_path):
    url = git_ssh.url(make_repo({"a": "1"}))
    assert git(monkeypatch, ssh(git_ssh, identity=git_ssh.locked_identity), "ls-remote", url).returncode == 128
    answer = tmp_path / "answer"
    answer.write_text(f"#!/bin/sh\necho {PASSPHRASE}\n")
    answer.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(answer))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    command = ssh(git_ssh, identity=git_ssh.locked_identity, batch="no")
    assert git(monkeypatch, command, "ls-remote", url).returncode == 0


def test_other_commands_are_refused(git_ssh):
    words = ssh(git_ssh).split()
    target = ["-p", str(git_ssh.port), "127.0.0.1", "id"]
    refused = subprocess.run([*words, *target], capture_output=True, text=True, check=False)
    assert refused.returncode == 128
    assert "only git here" in refused.stderr
