"""What a registry's refusals mean, in words: the code and message it sent, and what to do."""

from __future__ import annotations

import json
from typing import Any

from gitbot.errors import Refused
from gitbot.printable import printable
from gitbot.secret import mask
from gitbot.transport.call import Answer, shown

AUTHENTICATION_FAILED = "AuthenticationFailed"
READ_FAILED = "ReadOperationFailed"
_MOST_ERRORS = 3


def refused(answer: Answer, what: str, note: str = "") -> Refused:
    """The error for an answer that is no success; `what` was asked for, `note` says how we came to be anonymous.

    Registries answer 401, 403 and 404 alike for what is not there and what is not for us, so the hint names both.
    """
    words = said(answer)
    message = f"{what}: {shown(answer.url)} answered {answer.status}" + (f" ({words})" if words else "")
    if answer.status in {401, 403}:
        hint = note or "check the credential, and that it may pull; the repository may also not exist"
        return Refused(message, hint=hint, reason=AUTHENTICATION_FAILED)
    if answer.status == 404:
        hint = note or "check the name; a repository that is private may look as if it did not exist"
        return Refused(message, hint=hint, reason=READ_FAILED)
    return Refused(message, reason=READ_FAILED)


def said(answer: Answer) -> str:
    """The registry's own words (OCI distribution specification, "Error codes"), one printable line, "" without any."""
    try:
        errors = json.loads(answer.body).get("errors")
    except (ValueError, AttributeError, RecursionError):
        return ""
    if not isinstance(errors, list):
        return ""
    lines = [_one(error) for error in errors[:_MOST_ERRORS] if isinstance(error, dict)]
    return "; ".join(line for line in lines if line)


def _one(error: dict[str, Any]) -> str:
    parts = [str(error.get(key) or "") for key in ("code", "message")]
    return printable(mask(": ".join(part for part in parts if part)), 200)


def nonsense(answer: Answer, what: str, why: str) -> Refused:
    """The error for an answer that says it is well and is not."""
    return Refused(f"{what}: {shown(answer.url)} answered nonsense: {why}", reason=READ_FAILED)
