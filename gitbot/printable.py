"""Foreign text made fit for one line: no line break, escape sequence, bidirectional override or workflow command."""

from __future__ import annotations

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def printable(text: str, limit: int = 500) -> str:
    r"""One printable line: control and format characters become `\n`, `\x1b`, `\u202e`; the length is bounded.

    Everything that comes from a repository, a registry or a server passes here before it reaches a template, a terminal,
    markup or an annotation, so that it cannot forge a trailer, a line of a log or a `::command::`.
    """
    text = _no_command(text)
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    shown = "".join(_escape(char) for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _no_command(text: str) -> str:
    """GitHub's runner obeys a line that begins with `::`, after spaces too, and `##[` anywhere in it."""
    if text.lstrip().startswith("::"):
        text = text.replace("::", r"\x3a:", 1)
    return text.replace("##[", r"\x23#[")


def _escape(char: str) -> str:
    if char == "\t":
        return " "
    if unicodedata.category(char) in _UNSAFE:
        return char.encode("unicode_escape", "surrogatepass").decode("ascii")
    return char
