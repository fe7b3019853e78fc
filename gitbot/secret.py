"""A string that does not print itself, and the register by which every sink masks it."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

MASK = "***"
_known: set[str] = set()


class Secret:
    """A credential: `reveal()` is the only way to its text; printing, logging and comparing never show it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        _remember(text)

    def reveal(self) -> str:
        """The text itself, for the one place that hands it to the other side."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


def _remember(text: str) -> None:
    """Register a secret in every spelling that a tool may echo it in."""
    for line in {text, *text.splitlines()}:
        # Very short secrets would mask half of every message; four characters are no credential anyway.
        if len(line.strip()) >= 4:
            spellings = {line, urllib.parse.quote(line, safe=""), urllib.parse.quote_plus(line)}
            spellings.add(base64.b64encode(line.encode()).decode())
            # As it stands inside JSON and inside a Python string.
            spellings |= {json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1], repr(line)[1:-1]}
            _known.update(spellings)


def remember_pair(username: str, password: Secret) -> None:
    """Register the `user:password` form of HTTP Basic, which travels base64-encoded."""
    _known.add(base64.b64encode(f"{username}:{password.reveal()}".encode()).decode())


def mask(text: str) -> str:
    """The text with every known secret replaced, in any spelling: the last resort of every sink."""
    for secret in sorted(_known, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def masked(value: Any) -> Any:
    """A value of lists, mappings and scalars with every text in it masked: what is written as JSON stays JSON."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list | tuple) else value
