"""Where the documents of a file begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitbot.markers import documents
from gitbot.markers.documents import split

CASES = {
    "nothing": ("", []),
    "one document": ("a: 1\n", [(0, "a: 1\n")]),
    "dashes that are no separator": ("a\n----\n---x\n --- \n", [(0, "a\n----\n---x\n --- \n")]),
    "a leading separator": ("---\na\n", [(0, "---\na\n")]),
    "empty documents count": ("---\n---\na\n", [(0, "---\n"), (1, "---\na\n")]),
    "comments before the first do not": ("# licence\n\n---\na\n", [(0, "# licence\n\n"), (0, "---\na\n")]),
    "a separator with a comment": ("a\n--- # next\nb\n", [(0, "a\n"), (1, "--- # next\nb\n")]),
    "a separator with content": ("a\n--- b\n", [(0, "a\n"), (1, "--- b\n")]),
    "a separator at the end": ("a\n---", [(0, "a\n"), (1, "---")]),
    "the end of a document": ("a\n...\nb\n", [(0, "a\n...\n"), (1, "b\n")]),
    "comments after the end of the last": ("a\n...\n# bye\n", [(0, "a\n...\n"), (1, "# bye\n")]),
    "directives go with what follows": (
        "a\n...\n%YAML 1.2\n# c\n%TAG ! x\n---\nb\n",
        [(0, "a\n...\n"), (1, "%YAML 1.2\n# c\n%TAG ! x\n---\nb\n")],
    ),
    "directives without an end before them": ("a\n%YAML 1.1\n---\nb\n", [(0, "a\n"), (1, "%YAML 1.1\n---\nb\n")]),
    "a percent sign that begins no directive": (
        "a: |\n  x\n%y\nb\n---\nc\n",
        [(0, "a: |\n  x\n%y\nb\n"), (1, "---\nc\n")],
    ),
    "CRLF": ("a\r\n---\r\nb\r\n", [(0, "a\r\n"), (1, "---\r\nb\r\n")]),
    "a lone CR": ("a\r---\rb\r", [(0, "a\r"), (1, "---\rb\r")]),
    "LS breaks no line": ("a\u2028---\u2028b", [(0, "a\u2028---\u2028b")]),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_file_is_cut_at_separators_in_column_0(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(chunk.index, text[chunk.start : chunk.end]) for chunk in split(text)] == expected


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(["---", "...", "%a", "# c", "a: b", "", " ", "--- x", "\n", "\r", "\r\n", "\t"])).map(
        "".join
    )
)
def test_the_chunks_cover_the_whole_file(text: str) -> None:
    assert "".join(text[chunk.start : chunk.end] for chunk in split(text)) == text


@pytest.mark.parametrize(
    "text", ["%\n" * 100_000 + "x", "%a\nx\n" * 100_000, "\n" * 300_000 + "---", "# c\n" * 100_000]
)
def test_hostile_runs_of_directives_and_blanks_are_read_once(text: str) -> None:
    assert len(list(split(text))) <= 2


@settings(deadline=None)
@given(st.text(alphabet="-- \n\n\ta#.", max_size=60).filter(lambda text: "..." not in text))
def test_the_short_way_to_cut_finds_what_the_long_one_finds(text: str) -> None:
    long = [match.start() for match in documents._BOUNDARY.finditer(text) if match["mark"] or match["dashes"]]
    assert list(documents._plain_cuts(text)) == long
