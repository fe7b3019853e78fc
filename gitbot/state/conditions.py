"""The conditions of an automation, as kstatus and Flux have them: Ready, Reconciling, Stalled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from gitbot.state import stored

ConditionType = Literal["Ready", "Reconciling", "Stalled"]
Status = Literal["True", "False", "Unknown"]
Conditions = tuple["Condition", ...]

SUCCEEDED = "Succeeded"
UP_TO_DATE = "repository up-to-date"

# Reasons of Flux's image-automation-controller after which trying again is useless until a person changes something.
STALLING = frozenset(
    {
        "InvalidPolicySelector",
        "AccessDenied",
        "InvalidSourceConfiguration",
        "FeatureGateDisabled",
        "InvalidUpdateStrategy",
        "RemovedTemplateField",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One statement about an automation and since when it holds: `last_transition_time` moves only with `status`."""

    type: ConditionType
    status: Status
    reason: str
    message: str
    last_transition_time: datetime

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, with the field names of Kubernetes."""
        return {
            "type": self.type,
            "status": self.status,
            "reason": self.reason,
            "message": self.message,
            "lastTransitionTime": stored.stamp(self.last_transition_time),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Condition:
        """Read the JSON form back; raises stored.UnreadableError."""
        kind, status = stored.text(document, "type"), stored.text(document, "status")
        if kind not in {"Ready", "Reconciling", "Stalled"} or status not in {"True", "False", "Unknown"}:
            raise stored.UnreadableError(f"condition {kind!r}={status!r} is none of ours")
        return cls(
            type=cast("ConditionType", kind),
            status=cast("Status", status),
            reason=stored.text(document, "reason"),
            message=stored.text(document, "message"),
            last_transition_time=stored.moment(document, "lastTransitionTime"),
        )


def find(conditions: Conditions, kind: ConditionType) -> Condition | None:
    """The condition of that type, None while nothing is known."""
    return next((condition for condition in conditions if condition.type == kind), None)


def succeeded(conditions: Conditions, *, message: str = UP_TO_DATE, now: datetime) -> Conditions:
    """After a run that did all it should: Ready, neither reconciling nor stalled."""
    return (_moved(conditions, "Ready", "True", (SUCCEEDED, message), now),)


def failed(conditions: Conditions, *, reason: str, message: str, now: datetime) -> Conditions:
    """After a run that failed: not ready, and stalled when `reason` is one of STALLING, else to be tried again."""
    ready = _moved(conditions, "Ready", "False", (reason, message), now)
    if reason in STALLING:
        return (ready, _moved(conditions, "Stalled", "True", (reason, message), now))
    return (ready, _moved(conditions, "Reconciling", "True", ("ProgressingWithRetry", message), now))


def reconciling(conditions: Conditions, *, message: str = "reconciliation in progress", now: datetime) -> Conditions:
    """While a run works: what was known of Ready stays, or is Unknown before the first run; no longer stalled."""
    ready = find(conditions, "Ready") or _moved(conditions, "Ready", "Unknown", ("Progressing", message), now)
    return (ready, _moved(conditions, "Reconciling", "True", ("Progressing", message), now))


def _moved(
    conditions: Conditions, kind: ConditionType, status: Status, why: tuple[str, str], now: datetime
) -> Condition:
    before = find(conditions, kind)
    since = before.last_transition_time if before and before.status == status else now
    return Condition(type=kind, status=status, reason=why[0], message=why[1], last_transition_time=since)
