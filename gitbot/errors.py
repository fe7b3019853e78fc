"""The base of every error gitbot raises on purpose, and the value for a place that is wrong while the run goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One place that is wrong: the run goes on without it, and every report lists it.

    `path` is relative to the folder or repository that was read; `line` and `column` are 1-based, 0 when the whole file is
    meant. `key_path` names the place inside a document (`policies[1].policy.semver.range`). `hint` says what to do next.
    """

    path: str = ""
    line: int = 0
    column: int = 0
    code: str
    message: str
    severity: Severity = "warning"
    key_path: str = ""
    hint: str = ""

    @property
    def place(self) -> str:
        """`path:line`, or as much of it as is known."""
        return f"{self.path}:{self.line}" if self.line else self.path

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: path, line, code, severity and message always, the rest where it says something."""
        shown: dict[str, Any] = {
            "path": self.path,
            "line": self.line,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
        }
        optional = {"column": self.column, "keyPath": self.key_path, "hint": self.hint}
        return shown | {key: value for key, value in optional.items() if value}


class GitbotError(Exception):
    """Something the user can understand and mend: a sentence, perhaps a hint, and the exit code of the command.

    `reason` is Flux's condition reason for the status of an automation (`GitOperationFailed`, `UpdateFailed`, ...).
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.reason = reason


class ConfigError(GitbotError):
    """The configuration cannot be used: every mistake at once, each with its place."""

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...], *, hint: str = "") -> None:
        lines = [
            ": ".join(part for part in (problem.place, problem.key_path, problem.message) if part)
            for problem in problems
        ]
        super().__init__("\n".join(lines), hint=hint)
        self.problems = problems


class UsageError(GitbotError):
    """The command was called with arguments that make no sense together."""

    exit_code = 2


class Refused(GitbotError):  # noqa: N818 - it names what the other side did
    """The other side said no for good: a wrong credential, a missing repository, a protected branch."""


class Unavailable(GitbotError):  # noqa: N818 - it names the state of the other side
    """The other side did not answer, or asked to come back later: trying again may help."""

    def __init__(self, message: str, *, hint: str = "", reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint, reason=reason)
        self.retry_after = retry_after
