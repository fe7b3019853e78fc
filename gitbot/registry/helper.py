"""Credential helpers: `docker-credential-NAME get`, the second of three places that start a process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping

from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.printable import printable
from gitbot.registry.credentials import Credential
from gitbot.secret import Secret, mask

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_FOUND = "credentials not found in native keychain"
_TOKEN_USER = "<token>"  # noqa: S105 - the user name that says that the secret is an identity token
_LONGEST = 1 << 20


def ask_helper(name: str, server: str, environment: Mapping[str, str], timeout_s: float = 30.0) -> Credential | None:
    """Ask a helper for the credential of a server; None when it has none.

    `environment` is all that the helper sees; its program is looked up on the PATH there. Raises Refused when there is no
    such helper or it fails, Unavailable when it does not end in time; then it and what it started are killed.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"{printable(name)!r} is no name of a credential helper")
    program = shutil.which(f"docker-credential-{name}", path=environment.get("PATH", os.defpath))
    if program is None:
        raise Refused(
            f"docker-credential-{name} is not installed", hint="install it, or take it out of the docker configuration"
        )
    output, code = _run(program, server, environment, timeout_s)
    if code:
        # Helpers write their error to standard output.
        said = printable(mask(output.decode(errors="replace").strip()), 200)
        if _NOT_FOUND in said.lower():
            return None
        raise Refused(f"docker-credential-{name} failed for {server}: {said or f'exit code {code}'}")
    return _credential(output, name, server)


def _run(program: str, server: str, environment: Mapping[str, str], timeout_s: float) -> tuple[bytes, int]:
    try:
        process = subprocess.Popen(
            [program, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    except OSError as error:
        raise Refused(f"{program} cannot be started: {error.strerror}") from error
    try:
        output, _ = process.communicate(f"{server}\n".encode(), timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{program} did not answer within {timeout_s:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return output[:_LONGEST], process.returncode


def _credential(output: bytes, name: str, server: str) -> Credential | None:
    try:
        read = json.loads(output)
        username, secret = str(read.get("Username") or ""), str(read.get("Secret") or "")
    except (ValueError, AttributeError):
        raise _nonsense(name, server) from None
    if not secret:
        return None
    source = f"docker-credential-{name} for {server}"
    if username == _TOKEN_USER:
        return Credential(identity_token=Secret(secret), source=source)
    return Credential(username=username, password=Secret(secret), source=source)


def _nonsense(name: str, server: str) -> GitbotError:
    return Refused(f"docker-credential-{name} answered no JSON object with Username and Secret for {server}")
