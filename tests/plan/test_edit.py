"""The exact edit: nothing moves but the value, and what cannot be proven is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitbot.markers.scan import Scan, scan
from gitbot.plan.edit import RefusedEditError, edit
from tests.markers.yaml_texts import SIMPLE, texts

M = '# {"$imagepolicy": "ns:p"}'
NEW = "ghcr.io/o/app:2.0.0"

UNTOUCHED = ["", "a: b\n", f"a: x:1 {M}\n", f"\ufeffa: 'x' {M}\r\n", f"a: [ {M}\n", "a: x\r---\rb: y", "\x00\x85"]

# before, new value, after
EDITS = {
    "plain": (f"a: x:1 {M}\n", NEW, f"a: {NEW} {M}\n"),
    "alignment": (f"a:    x:1      {M}   \nb:  2  # c\n", NEW, f"a:    {NEW}      {M}   \nb:  2  # c\n"),
    "single quotes": (f"a: 'x:1' {M}\n", NEW, f"a: '{NEW}' {M}\n"),
    "double quotes": (f'a: "x\\u003a1" {M}\n', NEW, f'a: "{NEW}" {M}\n'),
    "a number needs quotes": (f"a: 1.9 {M}\n", "1.10", f'a: "1.10" {M}\n'),
    "a quoted number keeps its own": (f"a: '1.9' {M}\n", "1.10", f"a: '1.10' {M}\n"),
    "null": (f"a: ~ {M}\n", NEW, f"a: {NEW} {M}\n"),
    "an anchor": (f"a: &x x:1 {M}\nb: *x\n", NEW, f"a: &x {NEW} {M}\nb: *x\n"),
    "tags": (f"a: !!str x {M}\nb: !foo &b y {M}\n", NEW, f"a: !!str {NEW} {M}\nb: !foo &b {NEW} {M}\n"),
    "a block": (f"a: |- {M}\n  x:1\nb: c\n", NEW, f"a: |- {M}\n  {NEW}\nb: c\n"),
    "a folded block that keeps its lines": (f"a: >+ {M}\r\n    x:1\r\n\r\n", NEW, f"a: >+ {M}\r\n    {NEW}\r\n\r\n"),
    "two lines become one": (f"a: x\n  y {M}\nb: c\n", NEW, f"a: {NEW} {M}\nb: c\n"),
    "above an item": (f"- w\n{M}\n- x:1\n", NEW, f"- w\n{M}\n- {NEW}\n"),
    "flow over lines": (f"a: [\n  x, {M}\n  y]\n", "2.0", f'a: [\n  "2.0", {M}\n  y]\n'),
    "a colon comes into flow": (f"a: [\n  x, {M}\n  y]\n", NEW, f'a: [\n  "{NEW}", {M}\n  y]\n'),
    "a colon was in flow": (f"a: [\n  x:1, {M}\n  y]\n", NEW, f"a: [\n  {NEW}, {M}\n  y]\n"),
    "BOM, CRLF and no newline at the end": (f"\ufeffb: |\r\n  l \r\n\r\na: x:1\t{M}", NEW, f"\ufeffb: |\r\n  l \r\n\r\na: {NEW}\t{M}"),
    "lone CRs": (f"a: x:1 {M}\rb: c\r", NEW, f"a: {NEW} {M}\rb: c\r"),
    "odd separators": (f"# licence\n--- # c\na: x {M}\n...\n%YAML 1.2\n---\nb: y {M}\n---\n# bye\n", NEW,
                       f"# licence\n--- # c\na: {NEW} {M}\n...\n%YAML 1.2\n---\nb: {NEW} {M}\n---\n# bye\n"),
    "a broken neighbour": (f"a: [\n---\nb: x {M}\n", NEW, f"a: [\n---\nb: {NEW} {M}\n"),
    "the name of the object itself": (f"kind: A\nmetadata:\n  name: x {M}\n", "zed", f"kind: A\nmetadata:\n  name: zed {M}\n"),
    "quotes in the new value": (f"a: 'x' {M}\nb: \"x\" {M}\nc: x {M}\n", "it's \"1\"", f"a: 'it''s \"1\"' {M}\nb: \"it's \\\"1\\\"\" {M}\nc: \"it's \\\"1\\\"\" {M}\n"),
}  # fmt: skip


def read(text: str) -> Scan:
    return scan("f.yaml", text.encode())


@pytest.mark.parametrize("text", UNTOUCHED)
def test_no_edit_changes_nothing(text: str) -> None:
    assert edit(read(text), []) == text.encode()


@pytest.mark.parametrize(("before", "value", "after"), EDITS.values(), ids=EDITS)
def test_only_the_marked_values_change(before: str, value: str, after: str) -> None:
    found = read(before)
    assert edit(found, [(one, value) for one in found.marked]).decode() == after


@pytest.mark.parametrize(("before", "value", "after"), EDITS.values(), ids=EDITS)
def test_the_same_values_again_change_nothing(before: str, value: str, after: str) -> None:
    found = read(after)
    assert {one.value for one in found.marked} == {value}
    assert edit(found, []).decode() == after


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(texts(), texts(SIMPLE)),
    st.sampled_from([NEW, "1.10", "x", "it's", "a\nb", "", "é\u2028", "---", "[a", "a: b"]),
)
def test_nothing_moves_outside_the_values(text: str, value: str) -> None:
    before = read(text)
    try:
        after = read(edit(before, [(one, value) for one in before.marked]).decode())
    except RefusedEditError:
        assert any(one.style == "block" for one in before.marked)
        return
    assert [(one.setter, one.key_path, one.document) for one in after.marked] == [
        (one.setter, one.key_path, one.document) for one in before.marked
    ]
    assert [one.value for one in after.marked] == [value] * len(before.marked)
    outside = [[], []]
    for one, parts in ((before, outside[0]), (after, outside[1])):
        done = 0
        for marked in one.marked:
            parts.append(one.text[done : marked.start])
            done = marked.end
        parts.append(one.text[done:])
    assert outside[0] == outside[1]
    assert before.bom == after.bom


@settings(deadline=None, max_examples=60)
@given(texts(), st.data())
def test_some_of_the_values_can_change_alone(text: str, data: st.DataObject) -> None:
    before = read(text)
    chosen = [one for one in before.marked if one.style != "block" and data.draw(st.booleans())]
    after = read(edit(before, [(one, NEW) for one in chosen]).decode())
    starts = {one.start for one in chosen}
    assert [one.value for one in after.marked] == [NEW if one.start in starts else one.value for one in before.marked]


def test_a_block_that_cannot_hold_the_value_is_refused() -> None:
    found = read(f"a: |- {M}\n  x\n")
    with pytest.raises(RefusedEditError, match="block scalar cannot hold"):
        edit(found, [(found.marked[0], "a\nb")])


def test_two_edits_of_one_place_are_refused() -> None:
    found = read(f"a: x {M}\n")
    with pytest.raises(RefusedEditError, match="two edits"):
        edit(found, [(found.marked[0], "y"), (found.marked[0], "z")])


@pytest.mark.parametrize("shift", [-1, 1, 4])
def test_an_edit_of_the_wrong_characters_is_refused(shift: int) -> None:
    found = read(f"aa: xx {M}\nb: c\n")
    wrong = replace(found.marked[0], start=found.marked[0].start + shift, end=found.marked[0].end + shift)
    with pytest.raises(RefusedEditError, match="disagree"):
        edit(replace(found, marked=(wrong,)), [(wrong, "y")])
