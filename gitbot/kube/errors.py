"""What the API server's refusals mean, in words: its own message, the right that is missing, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gitbot.errors import ConfigError, GitbotError, Refused, Unavailable
from gitbot.kube.resource import Asked
from gitbot.printable import printable
from gitbot.secret import mask
from gitbot.transport.call import Answer, shown

_LONGEST_PAUSE_S = 3600.0


class NotFound(Refused):
    """There is no such object, or the cluster does not serve such a resource."""


class Conflict(Unavailable):
    """The object has changed since it was read: read it again and decide anew."""


class Expired(Unavailable):
    """The version that a watch or a list wanted to go on from is no longer kept: list again."""


_AGAIN = {409: Conflict, 410: Expired}


def failed(answer: Answer, asked: Asked, account: str) -> GitbotError:
    """The error for an answer that is no success; `account` says who asked where (`/etc/kubeconfig, context prod`)."""
    words = said(answer.body)
    where = f"{asked}: {shown(answer.url)} answered {answer.status}" + (f" ({words})" if words else "")
    return of_status(answer.status, where, asked, account)


def of_status(code: int, message: str, asked: Asked, account: str, retry_after: float | None = None) -> GitbotError:
    """The error for a status code of the API, sent as HTTP or inside a watch."""
    if code == 401:
        return Refused(message, hint=f"the login was refused: check token or client certificate ({account})")
    if code == 403:
        return Refused(message, hint=f"the login works, but lacks {asked.right} ({account})")
    if code == 404:
        return NotFound(message, hint="check the name, and that the cluster has the CustomResourceDefinition")
    if code in _AGAIN:
        return _AGAIN[code](message)
    again = code == 429 or code >= 500
    return Unavailable(message, retry_after=retry_after) if again else Refused(message)


def of_event(status: Mapping[str, Any], asked: Asked, account: str) -> GitbotError:
    """The error for the Status object in an event of type ERROR; without a usable code, trying again is what is left."""
    code, details = status.get("code"), status.get("details")
    words = _words(status)
    message = f"{asked}: the watch was ended" + (f" ({words})" if words else "")
    seconds = details.get("retryAfterSeconds") if isinstance(details, dict) else None
    wait = min(float(seconds), _LONGEST_PAUSE_S) if isinstance(seconds, int) and seconds > 0 else None
    return of_status(code if isinstance(code, int) else 500, message, asked, account, wait)


def said(body: bytes) -> str:
    """The server's own words (`message` of a Status object), one printable line, "" without any."""
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return _words(status) if isinstance(status, dict) else ""


def _words(status: Mapping[str, Any]) -> str:
    message = status.get("message")
    return printable(mask(message), 300) if isinstance(message, str) else ""


def nonsense(asked: Asked, url: str, why: str) -> Refused:
    """The error for an answer that says it is well and is not."""
    return Refused(f"{asked}: {shown(url)} answered nonsense: {why}", hint="is this a Kubernetes API server?")


def placed(error: GitbotError, asked: Asked) -> GitbotError:
    """An error of the transport or of a plugin, with what was asked before it; one that says so already as it is."""
    if isinstance(error, ConfigError) or error.message.startswith(f"{asked}: "):
        return error
    message = f"{asked}: {error.message}"
    if isinstance(error, Unavailable):
        return Unavailable(message, hint=error.hint, retry_after=error.retry_after)
    return Refused(message, hint=error.hint)
