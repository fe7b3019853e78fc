"""Tables and code as Markdown has them."""

from __future__ import annotations

from collections.abc import Iterable


def table(headings: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    head = list(headings)
    shown = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in shown)


def code(text: str) -> str:
    """Text as it is, in a cell."""
    lines = text.replace("\t", "⇥").split("\n") if text else []
    ticks = [("``", " ") if "`" in line else ("`", "") for line in lines]
    return "<br>".join(f"{tick}{gap}{line}{gap}{tick}" for (tick, gap), line in zip(ticks, lines, strict=True))
