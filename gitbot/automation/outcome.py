"""What became of one automation in one run, as a value and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gitbot.errors import GitbotError, Problem
from gitbot.state.history import Outcome as Kind
from gitbot.state.record import Record
from gitbot.state.store import Store

_FULL = frozenset({"pushed", "up-to-date"})

# Problems that mean "could not be done" rather than "left as it is": they make the exit code 1.
FAILURES = frozenset({"policy-failed", "invalid-reference"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one automation; `commit` and `branch` name what was pushed (or would be), `note` says why in words."""

    namespace: str
    name: str
    outcome: Kind
    commit: str = ""
    branch: str = ""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=lambda: {"files": []})
    problems: tuple[Problem, ...] = ()
    held: tuple[Any, ...] = ()
    error: GitbotError | None = None
    note: str = ""
    diff: str = ""

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def changes(self) -> int:
        """How many fields were changed."""
        return sum(len(one["changes"]) for file in self.result["files"] for one in file["objects"])

    @property
    def failed(self) -> bool:
        """Whether this automation, one of its policies or one of its files failed."""
        return self.outcome == "failed" or any(problem.code in FAILURES for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `run` and `plan` (design §7)."""
        shown: dict[str, Any] = {
            "namespace": self.namespace,
            "name": self.name,
            "outcome": self.outcome,
            "commit": self.commit,
            "branch": self.branch,
            "message": self.message,
            "result": {
                "changed": dict(self.result),
                "problems": [problem.as_dict() for problem in self.problems],
                "held": [item.as_dict() if hasattr(item, "as_dict") else item for item in self.held],
            },
            "error": self.error.message if self.error else None,
        }
        if self.diff:
            shown["diff"] = self.diff
        if self.error and self.error.hint:
            shown["hint"] = self.error.hint
        return shown


def skipped(store: Store, record: Record, started: datetime) -> Outcome:
    """Nothing has moved: only the time of the run is recorded, and what the last full run had to say is said again."""
    store.put(replace(record, last_automation_run_time=started))
    runs = store.history(record.namespace, record.name, limit=20).runs
    last = next((run for run in runs if run.outcome in _FULL), None)
    return Outcome(
        namespace=record.namespace,
        name=record.name,
        outcome="skipped",
        problems=last.problems if last else (),
        held=last.held if last else (),
        note="no change since the last run",
    )
