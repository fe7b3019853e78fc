"""The only place that starts git: driven by GitPython, with a clean environment, a deadline and bounds."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from gitbot.errors import GitbotError, Unavailable
from gitbot.git.environment import unwanted
from gitbot.git.interruption import hold
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from subprocess import Popen

MINIMUM = (2, 39)
MAX_OUTPUT = 1 << 30
MAX_MESSAGES = 256 * 1024
_CHUNK = 1 << 16
_ARGUMENT_BYTES = 1 << 16
_running: set[int] = set()


class GitTimeoutError(Unavailable):
    """A git command did not finish within its deadline; its whole process group was killed."""


class GitOutputError(Unavailable):
    """A git command printed more than the bound: a server that floods, or a repository beyond the limits."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished git command: exit code, standard output as bytes, standard error as masked text."""

    code: int
    out: bytes
    err: str

    @property
    def ok(self) -> bool:
        """Whether git said that it succeeded."""
        return self.code == 0


@cache
def executable() -> str:
    """`git`, once it is known to be there and new enough; raises GitbotError otherwise."""
    git = _gitpython()
    version = git.Git().version_info
    if version[:2] < MINIMUM:
        found, wanted = ".".join(map(str, version)), ".".join(map(str, MINIMUM))
        raise GitbotError(f"git {found} is too old: gitbot needs git {wanted} or newer", hint="upgrade git")
    return "git"


def _gitpython() -> ModuleType:
    """Import GitPython late: it costs 40 ms and runs `git version`."""
    try:
        import git
    except ImportError as error:
        raise GitbotError(f"cannot drive git: {error}", hint="install git and make sure that it is on PATH") from error
    return git


def run(
    folder: Path,
    args: Sequence[str],
    *,
    env: Mapping[str, str],
    stdin: bytes = b"",
    deadline_s: float = 60.0,
    max_output: int = MAX_OUTPUT,
) -> Finished:
    """Run one git command in `folder` and return how it finished, whatever its exit code.

    `env` is added to the allow-listed part of our environment. After `deadline_s` seconds, or past `max_output` bytes, the
    whole process group is killed and GitTimeoutError or GitOutputError is raised: no process is ever left behind.
    """
    keep_proxies = "GITBOT_KEEP_PROXIES" in env
    drop = [argument for name in unwanted(keep_proxies) if name not in env for argument in ("-u", name)]
    command = ["env", *drop, executable(), *args]
    release, started = hold(), None
    try:
        started = _start(folder, command, env)
        release()
        return _attend(started.process, stdin, _Bounds(time.monotonic() + deadline_s, deadline_s, max_output, args))
    finally:
        if started is not None:
            _bury(started.process)
        release()


class _Started(NamedTuple):
    """A process, and GitPython's hold on it, which ends the process when it is collected."""

    process: Popen[bytes]
    holder: object


def _start(folder: Path, command: Sequence[str], env: Mapping[str, str]) -> _Started:
    """Start a command in a process group of its own, and know of it from then on."""
    holder = (
        _gitpython()
        .Git(str(folder))
        .execute(
            command,
            istream=subprocess.PIPE,
            as_process=True,
            with_exceptions=False,
            env=dict(env),
            start_new_session=True,
        )
    )
    process = cast("Popen[bytes]", holder.proc)
    _running.add(process.pid)
    return _Started(process, holder)


def batches(arguments: Iterable[str]) -> Iterator[list[str]]:
    """Arguments, as many at a time as a command line surely holds."""
    batch: list[str] = []
    size = 0
    for argument in arguments:
        length = len(argument.encode()) + 16  # its end, and the pointer to it
        if batch and size + length > _ARGUMENT_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(argument)
        size += length
    if batch:
        yield batch


def kill_running() -> None:
    """Kill every git command that is running, with all it started: the last resort of a service that must stop now."""
    for pid in list(_running):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Bounds:
    until: float
    deadline_s: float
    max_output: int
    args: Sequence[str]

    def left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise GitTimeoutError(
                f"git {self.verb} did not finish within {self.deadline_s:g} s", hint="raise `timeout`"
            )
        return left

    @property
    def verb(self) -> str:
        return printable(next((arg for arg in self.args if not arg.startswith("-")), ""))


def _attend(process: Popen[bytes], stdin: bytes, bounds: _Bounds) -> Finished:
    """Feed and drain a process until it closes its streams, then reap it."""
    out, err, to_write = bytearray(), bytearray(), memoryview(stdin)
    with selectors.DefaultSelector() as watch:
        feed, drain_out, drain_err = _streams(process)
        for stream, event in (
            (feed, selectors.EVENT_WRITE),
            (drain_out, selectors.EVENT_READ),
            (drain_err, selectors.EVENT_READ),
        ):
            os.set_blocking(stream.fileno(), False)
            watch.register(stream, event)
        while watch.get_map():
            for key, _ in watch.select(bounds.left()):
                stream = cast("BinaryIO", key.fileobj)
                if stream is feed:
                    to_write = _write(watch, stream, to_write)
                else:
                    _read(watch, stream, out if stream is drain_out else err)
            if len(out) > bounds.max_output:
                raise GitOutputError(f"git {bounds.verb} printed more than {bounds.max_output} bytes; it was stopped")
            del err[MAX_MESSAGES:]
    code = _wait(process, bounds)
    return Finished(code, bytes(out), mask(err.decode("utf-8", "replace")))


def _streams(process: Popen[bytes]) -> tuple[BinaryIO, BinaryIO, BinaryIO]:
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - all three are pipes
    return cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout), cast("BinaryIO", process.stderr)


def _write(watch: selectors.BaseSelector, stream: BinaryIO, data: memoryview) -> memoryview:
    """Write what the pipe takes; close it when all is written, or when the process no longer reads."""
    try:
        written = os.write(stream.fileno(), data[:_CHUNK]) if data else 0
        data = data[written:]
    except BrokenPipeError:
        data = data[:0]
    if not data:
        watch.unregister(stream)
        with contextlib.suppress(BrokenPipeError):
            stream.close()
    return data


def _read(watch: selectors.BaseSelector, stream: BinaryIO, into: bytearray) -> None:
    chunk = os.read(stream.fileno(), _CHUNK)
    if chunk:
        into += chunk
    else:
        watch.unregister(stream)


def _wait(process: Popen[bytes], bounds: _Bounds) -> int:
    try:
        return process.wait(bounds.left())
    except subprocess.TimeoutExpired:
        raise GitTimeoutError(f"git {bounds.verb} did not end within {bounds.deadline_s:g} s") from None


def _bury(process: Popen[bytes]) -> None:
    """Kill what is left of the process group (git starts ssh, git-remote-https, index-pack), reap, close the pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _running.discard(process.pid)
    for stream in _streams(process):
        with contextlib.suppress(OSError):
            stream.close()
