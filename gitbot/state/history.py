"""One run as an entry of the history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast, get_args

from gitbot.errors import Problem, Severity
from gitbot.state import stored

Outcome = Literal["pushed", "planned", "up-to-date", "skipped", "suspended", "already-running", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of one automation did. `id` is unique for the automation: the same id again replaces the entry.

    `result` is the JSON form of a ResultV2 (the value of "changed"); empty when nothing changed.
    """

    id: str
    namespace: str
    name: str
    started: datetime
    finished: datetime
    outcome: Outcome
    commit: str = ""
    branch: str = ""
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    held: tuple[Mapping[str, Any], ...] = ()
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id,
            "namespace": self.namespace,
            "name": self.name,
            "started": stored.stamp(self.started),
            "finished": stored.stamp(self.finished),
            "outcome": self.outcome,
            "commit": self.commit,
            "branch": self.branch,
            "message": self.message,
            "result": dict(self.result),
            "problems": [problem.as_dict() for problem in self.problems],
            "held": [dict(one) for one in self.held],
            "error": self.error,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Run:
        """Read the JSON form back; raises stored.UnreadableError."""
        outcome = stored.text(document, "outcome")
        if outcome not in get_args(Outcome):
            raise stored.UnreadableError(f"outcome {outcome!r} is none of ours")
        return cls(
            id=stored.text(document, "id"),
            namespace=stored.text(document, "namespace"),
            name=stored.text(document, "name"),
            started=stored.moment(document, "started"),
            finished=stored.moment(document, "finished"),
            outcome=cast("Outcome", outcome),
            commit=stored.text(document, "commit"),
            branch=stored.text(document, "branch"),
            message=stored.text(document, "message"),
            result=stored.mapping(document, "result"),
            problems=tuple(_problem(item) for item in stored.objects(document, "problems")),
            # Runs of before 0.1.0 had none.
            held=tuple(stored.objects(document, "held")) if "held" in document else (),
            error=stored.text(document, "error"),
        )


def _problem(document: Mapping[str, Any]) -> Problem:
    severity = stored.text(document, "severity")
    if severity not in get_args(Severity):
        raise stored.UnreadableError(f"severity {severity!r} is none of ours")
    return Problem(
        path=stored.text(document, "path"),
        line=stored.number(document, "line"),
        column=stored.number(document, "column"),
        code=stored.text(document, "code"),
        message=stored.text(document, "message"),
        severity=cast("Severity", severity),
        key_path=stored.text(document, "keyPath"),
        hint=stored.text(document, "hint"),
    )
