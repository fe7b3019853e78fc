"""Comments above a value, decided as go-yaml attaches them: recorded with its version 3.0.4 and Flux's rule for markers."""

from __future__ import annotations

import pytest

from gitbot.markers.scan import scan

M = '# {"$imagepolicy": "ns:p"}'

WORKS = {
    "first-item": "k:\n@\n- v\n",
    "first-item-indented-otherwise": "k:\n  @\n- v\n",
    "first-item-behind-an-anchor": "k: &a\n@\n\n- v\n",
    "item-below-a-scalar": "k:\n- a\n    @\n- v\n",
    "item-below-a-flow-map": "k:\n- {a: b}\n @\n- v\n",
    "item-below-flow-lists": "k:\n- [a,\n  {b: c}]\n @\n- v\n",
    "item-below-a-map-in-its-column": "k:\n- n: a\n  m: b\n@\n- v\n",
    "item-below-a-list-in-its-column": "k:\n  - n: a\n    l:\n    - q\n  @\n  - v\n",
    "value-on-its-own-line": "k:\n  @\n  v\n",
    "value-below-a-blank-line": "k:\n  @\n\n  v\n",
    "element-below-a-blank-line": "k: [a,\n  @\n\n  v]\n",
    "first-element-below-a-blank-line": "k: [\n  @\n\n  v]\n",
}
DOES_NOT = {
    "askew-below-a-map": "k:\n- n: a\n  @\n- v\n",
    "askew-below-a-map-and-a-blank-line": "k:\n- n: a\n  m: b\n\n @\n- v\n",
    "askew-below-a-flow-map-in-a-map": "k:\n- k: {a: b}\n @\n- v\n",
    "askew-below-a-list": "k:\n- - a\n    @\n- v\n",
    "askew-below-a-deep-list": "k:\n  - n: a\n    l:\n    - q\n@\n  - v\n",
    "below-a-remarked-dash": "k:\n- # c\n@\n- v\n",
    "below-a-remarked-dash-and-a-blank-line": "k:\n- # c\n\n@\n  v\n",
    "foot-of-an-item": "k:\n- a\n@\n\n- v\n",
    "foot-of-an-empty-field": "k:\n- a:\n@\n\n- v\n",
}


@pytest.mark.parametrize("text", WORKS.values(), ids=WORKS)
def test_a_marker_above_a_value_works(text: str) -> None:
    found = scan("a.yaml", text.replace("@", M).encode())
    assert [one.value for one in found.marked] == ["v"]
    assert found.problems == ()


@pytest.mark.parametrize("text", DOES_NOT.values(), ids=DOES_NOT)
def test_a_marker_that_belongs_to_something_else_is_misplaced(text: str) -> None:
    found = scan("a.yaml", text.replace("@", M).encode())
    assert found.marked == ()
    assert [problem.code for problem in found.problems] == ["misplaced-marker"]
