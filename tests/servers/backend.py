"""One request answered by the real `git http-backend`, run as a CGI program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Reply:
    """What git's backend answered."""

    code: int
    headers: Mapping[str, str]
    body: bytes


def run_backend(root: Path, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """Answer one request over the repositories below `root`; header names are in lower case."""
    path, _, query = target.partition("?")
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote(path),
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "HTTP_GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    pairs = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    code = int(pairs.pop("Status", "200").split()[0])
    return Reply(code, pairs, content)
