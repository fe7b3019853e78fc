"""The short cut by lines and the reading by events say the same of every document that the short cut takes."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitbot.markers import fieldwise
from gitbot.markers.scan import scan
from tests.markers.yaml_texts import MARKERS, SIMPLE, texts

M = MARKERS[0]

DECLINED = {
    "a marker above its value": f"- a\n{M}\n- b\n",
    "a marker inside a string": f"a: 'x {M}'\n",
    "a marker inside a block": f"a: |\n  {M}\nb: c\n",
    "a marker on a block": f"a: | {M}\n  x\n",
    "a marker on a map": f"a: {M}\n  b: c\n",
    "a malformed marker": "a: x # {$imagepolicy}\n",
    "a value on the next line": f"a:\n  x {M}\n",
    "a plain value of two lines": f"a: x {M}\nb: y\n  z\n",
    "a list that continues a plain value": f"a: x\n  - y {M}\n",
    "an alias": f"b: *x\na: x {M}\n",
    "an anchor": f"b: &x 1\na: x {M}\n",
    "escapes": f'b: "\\n"\na: x {M}\n',
    "a tab": f"b:\tc\na: x {M}\n",
    "a lone CR": f"a: x {M}\rb: c\n",
    "LS": f"b: '\u2028'\na: x {M}\n",
    "an indentation too few": f"a:\n    b: c\n  d: x {M}\n",
    "identity in a flow map": f"metadata: {{name: x}}\na: x {M}\n",
    "a colon in a flow value": f"b: {{c: x:1}}\na: x {M}\n",
    "a marker behind the dashes of an empty document": f"--- {M}\n",
    "what libyaml refuses": f"b: [,]\na: x {M}\n",
}
TAKEN = {
    "a map": f"a: x {M}\n",
    "a list": f"- a\n- x {M}\n",
    "a Deployment": (
        "---\n# c\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {a: b}\nspec:\n  containers:\n"
        f"  - name: a\n    image: x:1 {M}\n    args: [\"--a\", b]\n    command:\n    - sh\n    - --verbose\n  - image: 'y:1' {M}\n"
        "data:\n  script: |\n    a: b\n\n    - c\n  x: y\n"
    ),
    "CRLF": f"a:\r\n  b: x {M}\r\n",
    "an item that is a list": f"- - a\n  - x {M}\n-   b: c\n    d: y {M}\n",
}


@pytest.mark.parametrize("text", DECLINED.values(), ids=DECLINED)
def test_the_short_cut_declines_what_it_does_not_know(text: str) -> None:
    assert fieldwise.read(text, [text.index("$imagepolicy")]) is None


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_the_short_cut_takes_one_field_a_line(text: str) -> None:
    found, thorough = scan("f", text.encode()), scan("f", text.encode(), thorough=True)
    assert found.shapes == {}
    assert (found.marked, found.problems) == (thorough.marked, thorough.problems)


@settings(deadline=None, max_examples=60)
@given(st.one_of(texts(), texts(SIMPLE)))
@example(f"- a:\n  b: x {M}\n- c\n")
@example(f"a:\n- b\n- c: x {M}\nd: y\n")
@example(f"a: |\n\n  b\n c: {M}\n")
def test_both_ways_of_reading_agree(text: str) -> None:
    found, thorough = scan("f", text.encode()), scan("f", text.encode(), thorough=True)
    assert found.marked == thorough.marked
    assert found.problems == thorough.problems


@settings(deadline=None, max_examples=60)
@given(st.one_of(texts(), texts(SIMPLE)))
def test_every_line_with_the_token_is_a_marker_or_a_problem(text: str) -> None:
    found = scan("f", text.encode())
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    holding = {number for number, line in enumerate(lines, 1) if "$imagepolicy" in line}
    marked = [one.marker_line for one in found.marked]
    assert {*marked, *(one.line for one in found.problems)} == holding
    assert len(marked) == len(set(marked))
    assert found.data == text.encode()
