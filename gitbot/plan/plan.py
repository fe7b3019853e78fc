"""From scanned files and elected images to what would change, with a reason for every marker that does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.errors import Problem
from gitbot.markers.identity import ObjectId
from gitbot.markers.scan import Marked, Scan
from gitbot.plan.edit import RefusedEditError, edit
from gitbot.plan.result import Change, ResultV2, result_of
from gitbot.plan.wishes import Held, Wishes
from gitbot.policies.election import Elections


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do: the changes, the new bytes of each file (by path), and the problems, sorted by place.

    `held` are changes that wait for a person.
    """

    result: ResultV2 = field(default_factory=ResultV2)
    writes: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    held: tuple[Held, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: `changed`, `problems` and `held`."""
        return {
            "changed": self.result.as_dict(),
            "problems": [problem.as_dict() for problem in self.problems],
            "held": [held.as_dict() for held in self.held],
        }


def plan(scans: Iterable[Scan], elections: Elections) -> Plan:
    """Decide every marker of the scanned files by what the policies elected.

    Each marker ends as a change, as a value that is right already, as a change that is held, or as a problem. A file whose
    edit cannot be proven is left whole and each change it would have had is a problem. Pure and deterministic.
    """
    wishes = Wishes(elections)
    writes: dict[str, bytes] = {}
    changes: list[tuple[str, ObjectId, Change]] = []
    problems: list[Problem] = []
    held: list[Held] = []
    for scanned in scans:
        problems += scanned.problems
        wanted = [(marked, wishes.of(marked)) for marked in scanned.marked]
        problems += (problem for _, wish in wanted for problem in wish.problems)
        held += (wish.held for _, wish in wanted if wish.held)
        replaced = [(marked, wish.value) for marked, wish in wanted if wish.value not in {None, marked.value}]
        if not replaced:
            continue
        edits = [(marked, str(value)) for marked, value in replaced]
        try:
            writes[scanned.path] = edit(scanned, edits)
        except RefusedEditError as refusal:
            problems += (_refused(marked, refusal) for marked, _ in edits)
        else:
            changes += ((scanned.path, marked.object, _change(marked, value)) for marked, value in edits)
    return Plan(
        result=result_of(changes),
        writes={path: writes[path] for path in sorted(writes)},
        problems=tuple(sorted(problems)),
        held=tuple(sorted(held)),
    )


def _change(marked: Marked, value: str) -> Change:
    return Change(
        old_value=marked.value,
        new_value=value,
        setter=marked.setter,
        policy=marked.policy,
        part=marked.part,
        line=marked.line,
        column=marked.column,
        key_path=marked.key_path,
        document=marked.document,
    )


def _refused(marked: Marked, refusal: RefusedEditError) -> Problem:
    return Problem(
        path=marked.path,
        line=marked.marker_line,
        code="refused-edit",
        message=f"the file is left alone: {refusal.message}",
        severity="error",
        key_path=marked.key_path,
        hint=refusal.hint,
    )
