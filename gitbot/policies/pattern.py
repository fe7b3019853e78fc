"""Regular expressions as Go reads them: RE2 syntax, unanchored search, time linear in the text.

google-re2 does the work. Where it cannot be imported the standard library stands in, behind `gitbot.policies.fallback`,
which refuses every pattern that would not mean the same there or could take long.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gitbot.errors import GitbotError
from gitbot.printable import printable

Groups = Callable[[int], str | None]  # the text of a group by its number; None when it took no part

_LONGEST = 10_000
_TOKEN = re.compile(
    r"""(?P<quoted>\\Q.*?(?:\\E|\Z))
    | (?P<byte>\\C)
    | \\.
    | (?P<set>\[\^?+\]?+(?>(?:\\.|\[:.*?:\]|[^\]\\])*)\])
    | \(\?P?<(?P<name>[^>]*)>
    | (?P<open>\((?!\?))
    | (?P<huge>\{(?:\d{10,}(?:,\d*)?|\d+,\d{10,})\})
    | .""",
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile("[A-Za-z0-9_]+")


class InvalidPatternError(GitbotError):
    """A regular expression that Go, and so Flux, refuses; or that this machine cannot honour (see the message)."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `names` has the name of every group by its number, empty for one without; 0 is the match."""

    text: str
    names: tuple[str, ...]
    search: Callable[[str], Groups | None]


def compile_pattern(text: str) -> Pattern:
    """Compile with google-re2, or with the linted fallback where that is missing; raises `InvalidPatternError`."""
    try:
        import re2
    except ImportError:
        from gitbot.policies.fallback import compile_fallback

        return compile_fallback(text)
    check_text(text)
    options = re2.Options()
    options.log_errors = False
    try:
        regex = re2.compile(text.encode(), options)
    except re2.error as error:
        raise refused(text, str(error.args[0], "utf-8", "replace")) from None

    def search(tag: str) -> Groups | None:
        data = tag.encode()
        match = regex.search(data)
        if match is None:
            return None

        def group(number: int) -> str | None:
            text = match.group(number)
            return None if text is None else text.decode()

        return group

    return Pattern(text, group_names(text), search)


def check_text(text: str) -> None:
    """Refuse a pattern that is not text, or far too long to be meant."""
    if len(text) > _LONGEST:
        raise refused(text, f"longer than {_LONGEST} characters")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise refused(text, "not valid UTF-8")


def group_names(text: str) -> tuple[str, ...]:
    r"""List the group names of a valid pattern by number; refuses what RE2 takes and Go does not.

    That is `\C`, group names such as `é`, and repeat counts so large that RE2 takes them for plain text.
    """
    names = [""]
    for token in _TOKEN.finditer(text):
        if token["byte"] or token["huge"]:
            raise refused(text, f"{token[0]} is not supported")
        if token["name"] is not None:
            if not _NAME.fullmatch(token["name"]):
                raise refused(text, f"group name {token['name']} is not of ASCII letters, digits and underscores")
            names.append(token["name"])
        elif token["open"]:
            names.append("")
    return tuple(names)


def refused(text: str, why: str, hint: str = "") -> InvalidPatternError:
    """Build the error for a pattern that cannot be used."""
    syntax = "the syntax is that of RE2 and Go: no lookaround, no backreferences"
    return InvalidPatternError(
        f"regular expression '{printable(text, 120)}' cannot be used: {printable(why, 200)}", hint=hint or syntax
    )
