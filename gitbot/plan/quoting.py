"""How a value is written as a YAML scalar so that every loader reads it back as that very string."""

from __future__ import annotations

import re

from gitbot.markers.spans import Style

# What some loader of YAML 1.1 or 1.2 reads as a number, a boolean, a null, a date or a merge: the rules of PyYAML,
# go-yaml v2 and v3 and of the 1.2 core schema together. Where they differ, the widest counts.
_NOT_A_STRING = re.compile(
    r"""
      [-+]? 0 [bBoOxX] [0-9a-fA-F_]+                                        # 0b1, 0o17, 0x1F
    | [-+]? [0-9][0-9_]*                                                    # 1, 010, 089, 1_000
    | [-+]? (?: \.[0-9_]+ | [0-9][0-9_]* (?: \.[0-9_]* )? ) (?: [eE][-+]?[0-9_]+ )?   # 1.10, .5, 1., 1e3
    | [-+]? [0-9][0-9_]* (?: :[0-5]?[0-9] )+ (?: \.[0-9_]* )?               # 1:30, 190:20:30.15
    | [-+]? \. (?: inf | Inf | INF ) | \. (?: nan | NaN | NAN )
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2} (?: [Tt\ \t] .* )?                     # dates and times
    | ~ | null | Null | NULL
    | true | True | TRUE | false | False | FALSE
    | yes | Yes | YES | no | No | NO | y | Y | n | N | on | On | ON | off | Off | OFF
    | << | =
    """,
    re.VERBOSE,
)
# Narrower than YAML allows: whatever an image reference can hold, and nothing that starts or ends something else.
_PLAIN = re.compile(r"[A-Za-z0-9_./](?:[A-Za-z0-9_./@:+-]*[A-Za-z0-9_./@+-])?")


def spell(value: str, style: Style, *, in_flow: bool = False, old: str = "") -> str | None:
    """Write a value in the style the scalar already has; None when that style cannot hold it.

    A plain scalar is put in double quotes when a YAML 1.1 or 1.2 loader would read the value as something other than a
    string, or when it needs quotes to be read at all; a single-quoted one only when it cannot be written in single quotes.
    `old` is the value it replaces: inside a flow collection a plain value with a colon is only written where one stood,
    because YAML 1.1 loaders refuse it there.
    """
    if style == "block":
        return value if value.strip() == value != "" and value.isprintable() else None
    if style == "plain" and _may_be_plain(value) and not (in_flow and ":" in value and ":" not in old):
        return value
    if style == "single" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _may_be_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _NOT_A_STRING.fullmatch(value)


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == " " or char.isprintable():
        return char
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
