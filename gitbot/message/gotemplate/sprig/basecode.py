"""Base64 and base32, decoded as strictly as Go does it, with the place of the first byte that is wrong."""

from __future__ import annotations

import base64

_DIGITS64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_DIGITS32 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_PAD = ord("=")
_LINES = b"\r\n"


class CorruptError(ValueError):
    """The data is malformed at a byte."""

    def __init__(self, name: str, place: int) -> None:
        super().__init__(f"illegal {name} data at input byte {place}")


def decode64(data: bytes) -> bytes:
    """Standard base64 with padding; line breaks may stand anywhere. Raises CorruptError."""
    place = 0
    while place < len(data):
        place, done = _quantum64(data, place)
        if done and place < len(data):
            raise CorruptError("base64", place)
    return base64.b64decode(data.translate(None, _LINES))


def _skip_lines(data: bytes, place: int) -> int:
    while place < len(data) and data[place] in _LINES:
        place += 1
    return place


def _quantum64(data: bytes, place: int) -> tuple[int, bool]:
    """Check four digits; where they end, and whether there was padding."""
    count = 0
    while count < 4:
        if place == len(data):
            if count:
                raise CorruptError("base64", place - count)
            return place, True
        byte = data[place]
        place += 1
        if byte in _LINES:
            continue
        if byte in _DIGITS64:
            count += 1
            continue
        if byte != _PAD or count < 2:
            raise CorruptError("base64", place - 1)
        return _padding64(data, place, count), True
    return place, False


def _padding64(data: bytes, place: int, count: int) -> int:
    """Check what follows the first `=`; where it ends."""
    if count == 2:
        place = _skip_lines(data, place)
        if place == len(data):
            raise CorruptError("base64", place)
        if data[place] != _PAD:
            raise CorruptError("base64", place - 1)
        place += 1
    return _skip_lines(data, place)


def decode32(data: bytes) -> bytes:
    """Standard base32 with padding; line breaks may stand anywhere. Raises CorruptError."""
    body = data.translate(None, _LINES)
    end = len(body)
    for start in range(0, len(body), 8):
        padded = _group32(body, start)
        if padded:
            end = min(len(body), start + 8)
            break
    return base64.b32decode(body[:end])


def _group32(body: bytes, start: int) -> bool:
    """Check eight digits; whether there was padding."""
    size = len(body)
    for count in range(8):
        place = start + count
        if place == size:
            raise CorruptError("base32", place - count)
        rest = size - place - 1
        if body[place] == _PAD and count >= 2 and rest < 8:
            _padding32(body, place, count)
            return True
        if body[place] not in _DIGITS32:
            raise CorruptError("base32", place)
    return False


def _padding32(body: bytes, place: int, count: int) -> None:
    size = len(body)
    rest = size - place - 1
    if rest + count < 7:
        raise CorruptError("base32", size)
    for step in range(7 - count):
        if rest > step and body[place + 1 + step] != _PAD:
            raise CorruptError("base32", place + step)
    if count in (3, 6):
        raise CorruptError("base32", place)
