"""What each marker is to hold: the policy's image, its answer for the value that stands there, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitbot.errors import Problem
from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.markers.grammar import Part
from gitbot.markers.scan import Marked
from gitbot.policies.decision import Apply, Current, Decision, Hold, Keep
from gitbot.policies.election import Elections
from gitbot.printable import printable

Mark = tuple[str, Part, str]  # policy, part and value of a working marker


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Held:
    """A change that waits for a person: the value stays, and every report lists it until somebody decides."""

    path: str
    line: int
    policy: str
    part: Part
    current: str
    wanted: str
    code: str
    reason: str
    key_path: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "path": self.path,
            "line": self.line,
            "policy": self.policy,
            "part": self.part,
            "currentValue": self.current,
            "wantedValue": self.wanted,
            "code": self.code,
            "reason": self.reason,
            "keyPath": self.key_path,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What becomes of one marker: a value to write (None: it stays), what is wrong, and a change that is held."""

    value: str | None = None
    problems: tuple[Problem, ...] = ()
    held: Held | None = None


class Wishes:
    """What the markers of every policy are to be; an image is checked once."""

    def __init__(self, elections: Elections) -> None:
        self._elections = elections
        self._known: dict[str, ImageRef | Problem] = {}

    def settled(self, known: Iterable[Mark] | None) -> bool:
        """Whether a file with these markers and no problems neither changes nor has anything to say; None is unknown."""
        return known is not None and all(self._is_right(*mark) for mark in known)

    def _is_right(self, policy: str, part: Part, value: str) -> bool:
        decider = self._elections.deciders.get(policy)
        if decider is None:
            image = self._image(policy)
            return isinstance(image, ImageRef) and value_of(image, part) == value != ""
        answer = decider.decide(Current.of(part, value))
        plain = isinstance(answer, Apply) and not answer.notes and answer.held is None
        return plain and isinstance(answer, Apply) and value_of(answer.image, part) == value != ""

    def of(self, marked: Marked) -> Wish:
        """What a marker asks for."""
        decider = self._elections.deciders.get(marked.policy)
        if decider is not None:
            return _answered(marked, decider.decide(Current.of(marked.part, marked.value)))
        image = self._image(marked.policy)
        return _stays(marked, image) if isinstance(image, Problem) else _written(marked, image)

    def _image(self, policy: str) -> ImageRef | Problem:
        if policy not in self._known:
            self._known[policy] = _elected(policy, self._elections)
        return self._known[policy]


def value_of(image: ImageRef, part: Part) -> str:
    """What a marker of this part writes; "" for a digest that is not known."""
    return str(image) if part == "image" else str(getattr(image, part))


def _answered(marked: Marked, answer: Decision) -> Wish:
    """A policy's answer to one marker."""
    if isinstance(answer, Hold):
        return Wish(held=_held(marked, answer))
    if isinstance(answer, Keep):
        problem = Problem(code=f"kept-{answer.code}" if answer.code else "kept", message=printable(answer.reason))
        return _stays(marked, problem)
    if not isinstance(answer, Apply):
        message = f"policy {marked.policy} elects nothing: {printable(answer.reason)}"
        return _stays(marked, Problem(code="policy-failed", message=message))
    checked = _checked(marked.policy, answer.image)
    wish = _stays(marked, checked) if isinstance(checked, Problem) else _written(marked, checked)
    notes = tuple(_at(marked, Problem(code="policy-note", message=printable(note))) for note in answer.notes)
    held = _held(marked, answer.held) if answer.held else None
    return Wish(value=wish.value, problems=(*wish.problems, *notes), held=held)


def _held(marked: Marked, hold: Hold) -> Held:
    return Held(
        path=marked.path,
        line=marked.line,
        policy=marked.policy,
        part=marked.part,
        current=marked.value,
        wanted=value_of(hold.wanted, marked.part),
        code=hold.code,
        reason=hold.reason,
        key_path=marked.key_path,
    )


def _written(marked: Marked, image: ImageRef) -> Wish:
    value = value_of(image, marked.part)
    if value:
        return Wish(value=value)
    message = f"policy {marked.policy} knows no digest of {printable(str(image))}"
    hint = "set digestReflectionPolicy on the policy, or use :tag"
    return _stays(marked, Problem(code="missing-digest", message=message, severity="error", hint=hint))


def _elected(policy: str, elections: Elections) -> ImageRef | Problem:
    image = elections.images.get(policy)
    return _nothing(policy, elections) if image is None else _checked(policy, image)


def _checked(policy: str, image: ImageRef) -> ImageRef | Problem:
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


def _stays(marked: Marked, problem: Problem) -> Wish:
    return Wish(problems=(_at(marked, problem),))


def _at(marked: Marked, problem: Problem) -> Problem:
    """The problem at the line of the marker."""
    return Problem(
        path=marked.path,
        line=marked.marker_line,
        code=problem.code,
        message=problem.message,
        severity=problem.severity,
        key_path=marked.key_path,
        hint=problem.hint,
    )
