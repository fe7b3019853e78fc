"""A real sshd on 127.0.0.1 that runs git's two server commands and nothing else."""

from __future__ import annotations

import getpass
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.git_repo import GitRepo
from tests.servers.process import Process, free_port, need

PASSPHRASE = "canary-ssh-passphrase-77ac"

ONLY_GIT = """\
#!/bin/sh
printf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> {log}
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME={folder}
case "$SSH_ORIGINAL_COMMAND" in
  git-upload-pack\\ *|git-receive-pack\\ *) eval "set -- $SSH_ORIGINAL_COMMAND"; exec git "${{1#git-}}" "$2";;
  *) echo "only git here" >&2; exit 128;;
esac
"""
SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AcceptEnv GIT_PROTOCOL
MaxStartups 200
PrintMotd no
"""


@dataclass(frozen=True, slots=True)
class GitSsh:
    """The running server, and the files a client needs."""

    folder: Path
    port: int
    process: Process

    @classmethod
    def start(cls, folder: Path) -> GitSsh:
        """Start sshd on a free port with its files in `folder`; skips the test where sshd is missing."""
        sshd = need("sshd")
        need("ssh")
        _separation_folder()
        port = free_port()
        for name, words in (
            ("host", ""),
            ("other_host", ""),
            ("identity", ""),
            ("locked_identity", PASSPHRASE),
            ("stranger", ""),
        ):
            _key(folder / name, words)
        (folder / "known_hosts").write_text(_known(folder / "host.pub", port))
        (folder / "wrong_known_hosts").write_text(_known(folder / "other_host.pub", port))
        script = folder / "only-git"
        script.write_text(ONLY_GIT.format(folder=shlex.quote(str(folder)), log=shlex.quote(str(folder / "commands"))))
        script.chmod(0o755)
        allowed = [(folder / f"{name}.pub").read_text() for name in ("identity", "locked_identity")]
        (folder / "authorized_keys").write_text("".join(f'restrict,command="{script}" {line}' for line in allowed))
        conf = folder / "sshd_config"
        conf.write_text(SSHD.format(folder=folder, port=port))
        argv = [sshd, "-D", "-e", "-f", str(conf)]
        return cls(folder, port, Process(argv, folder / "sshd.log", port=port))

    def stop(self) -> None:
        """End the server."""
        self.process.stop()

    def url(self, repo: GitRepo) -> str:
        """Where a repository, anywhere on this machine, is served."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repo.path}"

    @property
    def identity(self) -> Path:
        """A key that is let in."""
        return self.folder / "identity"

    @property
    def locked_identity(self) -> Path:
        """A key that is let in, kept under PASSPHRASE."""
        return self.folder / "locked_identity"

    @property
    def stranger(self) -> Path:
        """A key that is not let in."""
        return self.folder / "stranger"

    @property
    def known_hosts(self) -> Path:
        """The server's own key."""
        return self.folder / "known_hosts"

    @property
    def wrong_known_hosts(self) -> Path:
        """Another key under the server's name, as after an attack in between."""
        return self.folder / "wrong_known_hosts"

    def commands(self) -> list[str]:
        """Every command a client asked for, the oldest first."""
        log = self.folder / "commands"
        return log.read_text().splitlines() if log.exists() else []


def _key(path: Path, passphrase: str) -> None:
    argv = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def _known(public_key: Path, port: int) -> str:
    kind, key, *_ = public_key.read_text().split()
    return f"[127.0.0.1]:{port} {kind} {key}\n"


def _separation_folder() -> None:
    """As root, sshd asks for a folder that only a booted machine has."""
    folder = Path("/run/sshd")
    if os.geteuid() == 0 and not folder.is_dir():
        try:
            folder.mkdir(mode=0o755)
        except OSError as error:
            pytest.skip(f"sshd needs {folder}: {error}")
