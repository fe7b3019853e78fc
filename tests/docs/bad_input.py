"""The tables of bad input: rows of fixtures/bad-input/*.yaml, tried for real, and shown in docs/bad-input.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.docs.pages import ROOT

FOLDER = ROOT / "fixtures" / "bad-input"
KINDS = ("configuration", "secrets", "markers", "templates", "results", "repositories")


@dataclass(frozen=True, slots=True)
class Row:
    """One bad input: what it is in words, what is written, what gitbot says, and the exit code.

    `more` holds what only one kind of row has.
    """

    kind: str
    what: str
    write: str = ""
    says: str = ""
    exit: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name among the tests."""
        return f"{self.kind}: {self.what}"


def rows(kind: str) -> list[Row]:
    """The rows of one kind, in order."""
    found = YAML(typ="safe", pure=True).load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))
    own = {"what", "write", "says", "exit"}
    return [
        Row(
            kind,
            more={key: value for key, value in row.items() if key not in own},
            **{key: row[key] for key in own & set(row)},
        )
        for row in found
    ]


def all_rows() -> list[Row]:
    """Every row of every kind."""
    return [row for kind in KINDS for row in rows(kind)]


def file_of(kind: str) -> Path:
    """Where the rows of one kind are written."""
    return FOLDER / f"{kind}.yaml"
