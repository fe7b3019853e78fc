"""Reading the JSON of login services."""

from __future__ import annotations

import json
from typing import Any

from gitbot.errors import Refused
from gitbot.registry.errors import AUTHENTICATION_FAILED
from gitbot.transport.call import Answer, shown


def json_of(answer: Answer, what: str) -> dict[str, Any]:
    """The JSON object of an answer with status 200; raises Refused, quoting nothing, for anything else."""
    if answer.status != 200:
        raise Refused(f"{what}: {shown(answer.url)} answered {answer.status}", reason=AUTHENTICATION_FAILED)
    try:
        read = json.loads(answer.body)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Refused(f"{what}: {shown(answer.url)} answered no JSON object", reason=AUTHENTICATION_FAILED)
    return read


def text_in(read: dict[str, Any], key: str, what: str) -> str:
    """A text that must be there; raises Refused when it is not."""
    value = read.get(key)
    if not isinstance(value, str) or not value:
        raise Refused(f"{what}: the answer has no {key}", reason=AUTHENTICATION_FAILED)
    return value


def seconds_in(read: dict[str, Any], key: str) -> float:
    """A number of seconds, also written as text (as Azure does); 0 when it is none."""
    try:
        return float(read.get(key) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
