"""A message context from the JSON of a result, as `gitbot template` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitbot.errors import GitbotError, Problem
from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.message.context import MessageContext
from gitbot.plan.result import ResultV2, older_result


def context_from_json(document: Any, *, automation: str, values: Mapping[str, str]) -> MessageContext:
    """The context of a result document (`{"changed": …, "problems": …, "held": …}`); raises GitbotError when it is none.

    The older result is built from the images that the changes themselves name.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("changed"), Mapping):
        raise GitbotError("not a result: it has no object `changed`", hint="see `gitbot schema result`")
    changed = ResultV2.from_dict(document["changed"])
    return MessageContext(
        automation=automation,
        changed=changed,
        updated=older_result(changed, images_in(changed)),
        values=values,
        held=tuple(map(_object, document.get("held") or ())),
        problems=tuple(map(_problem, document.get("problems") or ())),
    )


def images_in(changed: ResultV2) -> dict[str, ImageRef]:
    """The elected image of each policy, as far as the new values tell: from a whole reference, or from name and tag."""
    parts: dict[str, dict[str, str]] = {}
    for change in changed.changes():
        parts.setdefault(change.policy, {})[change.part] = change.new_value
    found = {policy: _image(written) for policy, written in parts.items()}
    return {policy: image for policy, image in found.items() if image is not None}


def _image(written: Mapping[str, str]) -> ImageRef | None:
    text = written.get("image") or f"{written.get('name', '')}:{written.get('tag', '')}"
    if "image" not in written and "digest" in written:
        text += f"@{written['digest']}"
    try:
        return ImageRef.parse(text)
    except InvalidReferenceError:
        return None


def _object(one: Any) -> Mapping[str, Any]:
    if not isinstance(one, Mapping):
        raise GitbotError("not a result: a problem or held change is no object", hint="see `gitbot schema result`")
    return one


def _problem(told: Any) -> Problem:
    one = _object(told)
    return Problem(
        path=str(one.get("path", "")),
        line=int(one.get("line") or 0),
        column=int(one.get("column") or 0),
        code=str(one.get("code", "")),
        message=str(one.get("message", "")),
        severity=one.get("severity", "warning"),
        key_path=str(one.get("keyPath", "")),
        hint=str(one.get("hint", "")),
    )
