"""What a registry's headers say: WWW-Authenticate challenges (RFC 9110 §11.6.1) and Link (RFC 8288)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word for a word
_SCHEME = re.compile(rf"\s*({_TOKEN})(?=\s|,|$)\s*")
_PARAMETER = re.compile(rf'\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))\s*')
_TOKEN68 = re.compile(r"\s*[A-Za-z0-9._~+/-]+=*\s*(?=,|$)")
_LINK = re.compile(r"\s*<([^<>]*)>([^,<]*(?:\"[^\"]*\"[^,<]*)*)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";]*)", re.IGNORECASE)
LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a server offers: the scheme (`basic`, `bearer`, ...) and its parameters, both in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(headers: tuple[str, ...]) -> tuple[Challenge, ...]:
    """Every challenge in the order given; what cannot be read ends the header it is in, and is no error."""
    return tuple(challenge for header in headers for challenge in _one_header(header[:LONGEST]))


def _one_header(header: str) -> list[Challenge]:
    found: list[Challenge] = []
    place = 0
    while place < len(header):
        if header[place] in ", \t":
            place += 1
            continue
        scheme = _SCHEME.match(header, place)
        if scheme is None:
            break
        parameters, place = _parameters(header, scheme.end())
        found.append(Challenge(scheme[1].lower(), parameters))
    return found


def _parameters(header: str, place: int) -> tuple[dict[str, str], int]:
    """`key=value` pairs with commas between them, up to the next scheme; a lone token68 counts as none."""
    parameters: dict[str, str] = {}
    while pair := _PARAMETER.match(header, place):
        value = re.sub(r"\\(.)", r"\1", pair[2]) if pair[2] is not None else pair[3]
        parameters.setdefault(pair[1].lower(), value)
        place = pair.end()
        comma = re.compile(r"[\s,]*,[\s,]*").match(header, place)
        if comma is None or _PARAMETER.match(header, comma.end()) is None:
            break
        place = comma.end()
    if not parameters and (lone := _TOKEN68.match(header, place)):
        place = lone.end()
    return parameters, place


def next_link(headers: tuple[str, ...]) -> str:
    """The target of the link to the next page, "" when there is none; one without `rel` counts (some registries omit it)."""
    for header in headers:
        for link in _LINK.finditer(header[:LONGEST]):
            rel = _REL.search(link[2])
            if rel is None or "next" in rel[1].lower().split():
                return link[1].strip()
    return ""
