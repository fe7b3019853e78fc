"""The characters of a marked scalar that an edit replaces, and the scalars that no edit can replace safely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from gitbot.markers.grammar import TOKEN
from gitbot.markers.placement import Place
from gitbot.markers.structure import Site
from gitbot.printable import printable

Style = Literal["plain", "single", "double", "block"]
_CORE = "tag:yaml.org,2002:"
_BLOCK = re.compile(r"[|>][^\r\n]*(?:\r\n?|\n)([^\r\n]*)")
_DOUBT = "the parser and the text of the file do not agree where the value begins and ends"


@dataclass(frozen=True, slots=True)
class Span:
    """What an edit replaces: the characters of the scalar, quotes included, or the one line of text of a block scalar."""

    start: int
    end: int
    value: str
    style: Style


def span(text: str, place: Place) -> Span | str:
    """The span of a marked scalar, or the reason why it is not edited.

    Refused are explicit `!!` tags other than `!!str`, block scalars of more than one line, values that hold the token
    themselves, and any scalar whose text does not confirm what the parser said of it.
    """
    site = place.site
    if site is None:
        return _DOUBT
    if why := _untouchable(text, place.start, site):
        return why
    if site.style in {"|", ">"}:
        return _block(text, place.start, site)
    raw = text[place.start : site.end]
    if site.style:
        is_quoted = len(raw) >= 2 and raw[0] == raw[-1] == site.style
        style: Style = "single" if site.style == "'" else "double"
        return Span(place.start, site.end, site.value, style) if is_quoted else _DOUBT
    is_same = bool(raw) and (raw == site.value or not raw.isprintable())
    return Span(place.start, site.end, site.value, "plain") if is_same else _DOUBT


def _untouchable(text: str, start: int, site: Site) -> str:
    if site.tag.startswith(_CORE) and site.tag != f"{_CORE}str":
        short = printable(site.tag.removeprefix(_CORE), 40)
        return f"the value has the explicit tag !!{short}, which a new value need not fit"
    if text[start - 1 : start] == "\ufeff":
        return "some parsers count the byte order mark before the value as part of it"
    return "the value itself holds a marker" if TOKEN in site.value else ""


def _block(text: str, start: int, site: Site) -> Span | str:
    value = site.value.rstrip("\n")
    if not value or "\n" in value:
        return "the value is a block of more than one line"
    match = _BLOCK.match(text, start, site.end)
    # An indentation indicator makes leading blanks part of the value.
    if match is None or not match[1].endswith(value) or match[1].removesuffix(value).strip(" "):
        return _DOUBT
    return Span(match.end() - len(value), match.end(), value, "block")
