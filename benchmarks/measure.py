"""Running a command and saying what it cost: seconds by the wall clock, and the largest memory of its own process."""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PROJECT = Path(__file__).parents[1]
CODE = "code"

# Runs gitbot as its entry point does and writes the peak of this process alone: git's processes are not in it.
WITH_PEAK = """
import atexit, pathlib, sys
def write(target=sys.argv.pop(1)):
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(target).write_text(status.split("VmHWM:")[1].split()[0])
atexit.register(write)
from gitbot.__main__ import main
main()
"""


class CommandFailedError(RuntimeError):
    """A measured command failed; its words are the message."""


def install(folder: Path) -> None:
    """Copy gitbot to `folder`/code as its wheel holds it, and compile it and what it imports to byte-code.

    A copy, so that an edit while measuring changes nothing.
    """
    package = folder / CODE / "gitbot"
    shutil.copytree(PROJECT / "gitbot", package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "commit_templates", package / "commit_templates", dirs_exist_ok=True)
    shutil.copytree(PROJECT / "fixtures" / "demo", package / "demo", dirs_exist_ok=True)
    for code in (package, Path(sysconfig.get_path("purelib"))):
        compileall.compile_dir(str(code), quiet=2, workers=0)


def seconds(argv: Sequence[str | Path], folder: Path, *, env: dict[str, str] | None = None) -> float:
    """Run a command to its end in a folder and return the seconds it took; it must succeed."""
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    took = time.perf_counter() - started
    if done.returncode != 0:
        words = (done.stdout + done.stderr).decode(errors="replace")
        raise CommandFailedError(f"{' '.join(map(str, argv))}: exit code {done.returncode}\n{words}")
    return took


def gitbot_run(config: Path) -> list[str]:
    """Give the command line of a run of gitbot."""
    return [sys.executable, "-m", "gitbot", "run", "-c", str(config)]


def gitbot_peak(config: Path, folder: Path) -> float:
    """Run gitbot and return the peak of its own memory, in MB (10^6 bytes)."""
    target = folder / "peak"
    seconds(
        [sys.executable, "-c", WITH_PEAK, str(target), "run", "-c", str(config)], folder, env=own_environment(folder)
    )
    return int(target.read_text()) * 1024 / 1e6


def own_environment(folder: Path) -> dict[str, str]:
    """Give a run in a folder beside the installed code nothing of the person who measures; byte-code is only read."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(folder.parent / CODE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def medians(rounds: int, *actions: Callable[[], float]) -> tuple[float, ...]:
    """Run the actions in turn, so often, and return the median of each: what disturbs one round disturbs all alike."""
    found = [[action() for action in actions] for _ in range(rounds)]
    return tuple(statistics.median(column) for column in zip(*found, strict=True))
