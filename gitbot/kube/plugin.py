"""Login plugins of a kubeconfig (`exec`): one of the three places that start a process, beside git and registry.helper.

Protocol: client.authentication.k8s.io/v1 and v1beta1 (Kubernetes documentation, "client-go credential plugins").
"""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gitbot.errors import Refused, Unavailable
from gitbot.kube.login import Credential
from gitbot.printable import printable
from gitbot.secret import Secret, mask
from gitbot.transport.tls import ClientCertificate

VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A program that logs in: `environment` is all it sees, `cluster` what it is told about the cluster (None: nothing).

    `command` with a slash in it is relative to `folder`, that of the kubeconfig; else it is looked up on the PATH of
    `environment`. `source` names the place in messages, `hint` says how to install it.
    """

    command: str
    arguments: tuple[str, ...] = ()
    version: str = VERSIONS[0]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    cluster: Mapping[str, Any] | None = None
    folder: Path = Path()
    source: str = ""
    hint: str = ""
    timeout_s: float = 60.0

    def look(self, now: Callable[[], datetime]) -> tuple[Credential, float]:
        """Run it: the credential and for how many seconds it is good.

        Raises Refused when it cannot be started, fails or answers what the protocol does not know; Unavailable when it
        does not end in time: then it and what it started are killed. Nothing it prints is repeated in a message.
        """
        output, code = self._run(self._program())
        if code:
            raise Refused(f"{self}: failed with exit code {code}", hint=self.hint or "run it by hand to see why")
        status = self._status(output)
        until = _text(status, "expirationTimestamp")
        token, cert, key = (_text(status, f"{name}") for name in ("token", "clientCertificateData", "clientKeyData"))
        if not token and not cert:
            raise Refused(f"{self}: answered neither a token nor a client certificate")
        if bool(cert) != bool(key):
            raise Refused(f"{self}: answered a client certificate without its key, or a key without its certificate")
        client = ClientCertificate(cert, Secret(key)) if cert else None
        return Credential(Secret(token) if token else None, client), self._lasts(until, now())

    def __str__(self) -> str:
        return printable(f"{self.source}: the login plugin {self.command}", 300)

    def _program(self) -> str:
        if "/" in self.command:
            return str(self.folder / self.command)
        program = shutil.which(self.command, path=self.environment.get("PATH", os.defpath))
        if program is None:
            raise Refused(f"{self}: is not installed", hint=self.hint or "install it, or put it on the PATH")
        return program

    def _run(self, program: str) -> tuple[bytes, int]:
        spec: dict[str, Any] = {"interactive": False} | ({"cluster": self.cluster} if self.cluster else {})
        told = json.dumps({"apiVersion": self.version, "kind": "ExecCredential", "spec": spec})
        try:
            process = subprocess.Popen(
                [program, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**self.environment, "KUBERNETES_EXEC_INFO": told},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "its name or arguments are malformed"
            raise Refused(f"{self}: cannot be started: {why}", hint=self.hint) from error
        try:
            output, _ = process.communicate(timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{self}: did not answer within {self.timeout_s:g} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return output[:_LONGEST], process.returncode

    def _status(self, output: bytes) -> Mapping[str, Any]:
        try:
            read = json.loads(output)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict) or read.get("kind") != "ExecCredential":
            raise Refused(f"{self}: answered no ExecCredential")
        if read.get("apiVersion") != self.version:
            theirs = printable(mask(str(read.get("apiVersion"))), 80)
            raise Refused(f"{self}: answered in the version {theirs}, the kubeconfig wants {self.version}")
        status = read.get("status")
        return status if isinstance(status, dict) else {}

    def _lasts(self, until: str, now: datetime) -> float:
        if not until:
            return math.inf
        try:
            end = datetime.fromisoformat(until)
            return max(0.0, (end - now).total_seconds())
        except (ValueError, TypeError):
            raise Refused(f"{self}: its expirationTimestamp is no time with a zone") from None


def _text(status: Mapping[str, Any], key: str) -> str:
    value = status.get(key)
    return value if isinstance(value, str) else ""
