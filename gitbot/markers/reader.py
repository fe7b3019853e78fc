"""The two YAML readers: libyaml's, and the pure one for what that old libyaml refuses."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from _ruamel_yaml import CParser

Reader = Literal["libyaml", "pure"]
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class UnreadableError(Exception):
    """A reader does not accept a document: what it says, and the character where it stopped (0 when it does not say)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def events(text: str, reader: Reader) -> Iterator[Any]:
    """The parse events of one document; raises UnreadableError at the first that is not YAML to this reader.

    Marks count characters from the start of the text. Nothing is constructed: no tag is resolved, no alias followed.
    """
    try:
        if reader == "libyaml":
            yield from iter(CParser(text).get_event, None)
        else:
            yield from map(_encodable, _pure().parse(text))
    except (GeneratorExit, UnreadableError):
        raise
    except Exception as error:  # noqa: BLE001 - beside YAMLError the pure reader raises AssertionError and others
        raise _unreadable(error) from None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of YAML that is really written: its kind (`Scalar`, `Value`, `BlockEntry`, ...) and its characters."""

    kind: str
    start: int
    end: int


class Tokens:
    """What is written in one document, in order; between two tokens there are only blanks and comments."""

    __slots__ = ("_ends", "_tokens")

    def __init__(self, text: str, reader: Reader) -> None:
        """Scan a document that this reader's events were already read from, so that its depth is known to be bounded."""
        source = iter(CParser(text).get_token, None) if reader == "libyaml" else _pure().scan(text)
        self._tokens = [token for token in map(_token, source) if token.end > token.start]
        self._ends = [token.end for token in self._tokens]

    def around(self, offset: int) -> tuple[Token | None, int]:
        """The token that a character is part of, if any, and the number of the first token that ends behind it."""
        number = bisect.bisect_right(self._ends, offset)
        token = self[number]
        return (token if token and token.start <= offset else None), number

    def __getitem__(self, number: int) -> Token | None:
        """The token of that number, None before the first and after the last."""
        return self._tokens[number] if 0 <= number < len(self._tokens) else None


def _token(token: Any) -> Token:
    return Token(type(token).__name__.removesuffix("Token"), token.start_mark.index, token.end_mark.index)


def _encodable(event: Any) -> Any:
    """The event; the pure reader takes the escape of half a surrogate pair, which is no character, as libyaml does not."""
    value = getattr(event, "value", None)
    if value is not None and not value.isascii() and _SURROGATE.search(value):
        raise UnreadableError("an escape stands for half of a surrogate pair", event.start_mark.index)
    return event


def _pure() -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True)


def _unreadable(error: Exception) -> UnreadableError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).partition("\n")[0]
    offset = mark.index if mark else getattr(error, "position", 0)
    return UnreadableError(str(said), offset if isinstance(offset, int) else 0)
