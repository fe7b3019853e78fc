"""From scanned files and elected images to what would change, with a reason for every marker that does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitbot.errors import Problem, Severity
from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.markers.grammar import Part
from gitbot.markers.identity import ObjectId
from gitbot.markers.scan import Marked, Scan
from gitbot.plan.edit import RefusedEditError, edit
from gitbot.plan.result import Change, ResultV2, result_of
from gitbot.policies.election import Elections
from gitbot.printable import printable

Mark = tuple[str, Part, str]  # policy, part and value of a working marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do: the changes, the new bytes of each file (by path), and the problems, sorted by place.

    `held` are changes that wait for something; nothing holds any yet.
    """

    result: ResultV2 = field(default_factory=ResultV2)
    writes: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    held: tuple[Any, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: `changed`, `problems` and `held`."""
        return {
            "changed": self.result.as_dict(),
            "problems": [problem.as_dict() for problem in self.problems],
            "held": list(self.held),
        }


def plan(scans: Iterable[Scan], elections: Elections) -> Plan:
    """Decide every marker of the scanned files by what the policies elected.

    Each marker ends as a change, as a value that is right already, or as a problem. A file whose edit cannot be proven is
    left whole and each change it would have had is a problem. Scans are read one after the other; pure and deterministic.
    """
    wishes = _Wishes(elections)
    writes: dict[str, bytes] = {}
    changes: list[tuple[str, ObjectId, Change]] = []
    problems: list[Problem] = []
    for scanned in scans:
        problems += scanned.problems
        wanted = [(marked, wishes.of(marked)) for marked in scanned.marked]
        problems += (wish for _, wish in wanted if isinstance(wish, Problem))
        replaced = [(marked, wish) for marked, wish in wanted if isinstance(wish, str) and wish != marked.value]
        if not replaced:
            continue
        try:
            writes[scanned.path] = edit(scanned, replaced)
        except RefusedEditError as refusal:
            problems += (_refused(marked, refusal) for marked, _ in replaced)
        else:
            changes += ((scanned.path, marked.object, _change(marked, value)) for marked, value in replaced)
    return Plan(
        result=result_of(changes),
        writes={path: writes[path] for path in sorted(writes)},
        problems=tuple(sorted(problems)),
    )


def wish(marked: Marked, elections: Elections) -> str | Problem:
    """The value one marker asks for, or why it cannot have any."""
    return _Wishes(elections).of(marked)


def settled(known: Iterable[Mark] | None, elections: Elections) -> bool:
    """Whether a file with these markers and no problems neither changes nor has anything to say; None is unknown."""
    if known is None:
        return False
    wishes = _Wishes(elections)
    return all(wishes.value(policy, part) == value for policy, part, value in known)


class _Wishes:
    """What each policy's markers are to be; an image is checked once."""

    def __init__(self, elections: Elections) -> None:
        self._elections = elections
        self._known: dict[str, ImageRef | Problem] = {}

    def value(self, policy: str, part: Part) -> str | None:
        """The value, None where there is none to write."""
        image = self._image(policy)
        return _part(image, part) or None if isinstance(image, ImageRef) else None

    def of(self, marked: Marked) -> str | Problem:
        """The value a marker asks for, or the problem it has."""
        image = self._image(marked.policy)
        if isinstance(image, Problem):
            return _at(marked, image.code, image.message, image.severity, image.hint)
        value = _part(image, marked.part)
        if value:
            return value
        hint = "set digestReflectionPolicy on the policy, or use :tag"
        return _at(
            marked,
            "missing-digest",
            f"policy {marked.policy} knows no digest of {printable(str(image))}",
            "error",
            hint,
        )

    def _image(self, policy: str) -> ImageRef | Problem:
        if policy not in self._known:
            self._known[policy] = _elected(policy, self._elections)
        return self._known[policy]


def _elected(policy: str, elections: Elections) -> ImageRef | Problem:
    image = elections.images.get(policy)
    if image is None:
        return _nothing(policy, elections)
    try:
        image.check()
    except InvalidReferenceError as error:
        message = f"policy {policy} elects an invalid image: {printable(error.message)}"
        return Problem(code="invalid-reference", message=message, severity="error", hint=error.hint)
    return image


def _nothing(policy: str, elections: Elections) -> Problem:
    shown = printable(policy, 200)
    if policy in elections.failed:
        return Problem(
            code="policy-failed", message=f"policy {shown} elects nothing: {printable(elections.failed[policy])}"
        )
    if policy in elections.hidden:
        return Problem(
            code="unknown-policy", message=f"policy {shown} is not seen: {printable(elections.hidden[policy])}"
        )
    hint = "add the policy, or correct the marker"
    return Problem(code="unknown-policy", message=f"there is no policy {shown}", hint=hint)


def _part(image: ImageRef, part: Part) -> str:
    return str(image) if part == "image" else str(getattr(image, part))


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
    return _at(marked, "refused-edit", f"the file is left alone: {refusal.message}", "error", refusal.hint)


def _at(marked: Marked, code: str, message: str, severity: Severity, hint: str = "") -> Problem:
    return Problem(
        path=marked.path,
        line=marked.marker_line,
        code=code,
        message=message,
        severity=severity,
        key_path=marked.key_path,
        hint=hint,
    )
