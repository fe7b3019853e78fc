"""Runs `gitbot run` in a process that kills itself, as `kill -9` does, right before or after a step of the run.

    python -m tests.e2e.dying CONFIG before|after STEP

A step is `lease`, `intent`, `push`, `record` (the store and the publisher), or `asked` (before anything is done).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitbot.automation.fleet import run_all
from gitbot.wiring.fleet import wired

STEPS = {"lease": "lease", "intent": "set_intent", "record": "put", "push": "publish", "read": "get"}


class Dying:
    """Another object's methods, one of which ends this process."""

    def __init__(self, inner: Any, method: str, when: str) -> None:
        self._inner = inner
        self._method = method
        self._when = when

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._dying(found) if name == self._method else found

    def _dying(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            method(*args, **options)
            os.kill(os.getpid(), signal.SIGKILL)

        return call


def main(config: str, when: str, step: str) -> None:
    """Run everything with tools that die."""
    method = STEPS[step]
    with wired(Path(config), (), dry=False, force=False, clock=lambda: datetime.now(UTC)) as fleet:
        tools = replace(
            fleet.tools,
            store=Dying(fleet.tools.store, method, when),
            publisher=Dying(fleet.tools.publisher, method, when),
        )
        list(run_all(fleet.jobs, tools))


if __name__ == "__main__":
    main(*sys.argv[1:])
