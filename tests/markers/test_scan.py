"""Where a marker works, where it does not and what is said then, and where exactly the value stands."""

from __future__ import annotations

import pytest

from gitbot.markers.limits import MAX_BYTES, MAX_DOCUMENTS, MAX_MARKERS
from gitbot.markers.scan import scan

M = '# {"$imagepolicy": "ns:p"}'

NOTHING = {
    "an empty file": "",
    "no token": "image: x:1 # an image\n",
    "another tool's comments": 'a: x # {"$ref": "#/definitions/io.k8s.cli.setters.ns:p"}\n',
    "no YAML, but no token either": "{{- if x }}\na: [\n",
}

# text, then (value, style, line, column) of each marked scalar
WORKING = {
    "a map's value": (f"a: x:1 {M}\n", [("x:1", "plain", 1, 4)]),
    "no space before the comment's text": ('a: x:1 #{"$imagepolicy": "ns:p"}', [("x:1", "plain", 1, 4)]),
    "far to the right": (f"a: x:1       {M}   \n", [("x:1", "plain", 1, 4)]),
    "behind a tab": (f"a: x:1\t{M}\n", [("x:1", "plain", 1, 4)]),
    "a list's item": (f"- x:1 {M}\n- y\n", [("x:1", "plain", 1, 3)]),
    "the first key of an item": (f"- image: x:1 {M}\n  name: y\n", [("x:1", "plain", 1, 10)]),
    "an item of an item": (f"- - - x:1 {M}\n", [("x:1", "plain", 1, 7)]),
    "single quotes": (f"a: 'x:1' {M}\n", [("x:1", "single", 1, 4)]),
    "double quotes": (f'a: "x:1" {M}\n', [("x:1", "double", 1, 4)]),
    "quotes without a space behind them": (f"a: 'x:1'{M}\n", [("x:1", "single", 1, 4)]),
    "a hash inside the quotes": (f"a: 'x#y # z' {M}\n", [("x#y # z", "single", 1, 4)]),
    "escapes": (f'a: "x\\u003a1" {M}\n', [("x:1", "double", 1, 4)]),
    "an empty string": (f'a: "" {M}\n', [("", "double", 1, 4)]),
    "null": (f"a: ~ {M}\nb: null {M}\n", [("~", "plain", 1, 4), ("null", "plain", 2, 4)]),
    "a literal block": (f"a: |- {M}\n  x:1\n", [("x:1", "block", 2, 3)]),
    "a clipped block": (f"a: | {M}\n  x:1\n\nb: c\n", [("x:1", "block", 2, 3)]),
    "a folded block": (f"a: >+ {M}\n    x:1\n\n", [("x:1", "block", 2, 5)]),
    "an indented block": (f"a: |1- {M}\n   x:1\n", [("  x:1", "block", 2, 2)]),
    "many lines of plain text": (f"a: x\n  y {M}\n", [("x y", "plain", 1, 4)]),
    "many lines in quotes": (f'a: "x\n  y" {M}\n', [("x y", "double", 1, 4)]),
    "an anchor": (f"a: &x x:1 {M}\nb: *x\n", [("x:1", "plain", 1, 7)]),
    "a string tag": (f"a: !!str x:1 {M}\n", [("x:1", "plain", 1, 10)]),
    "a local tag and an anchor": (f"a: !foo &x 'x:1' {M}\n", [("x:1", "single", 1, 12)]),
    "the non-specific tag": (f"a: ! x:1 {M}\n", [("x:1", "plain", 1, 6)]),
    "a flow map over lines, by its comma": (f"a: {{\n  b: x:1, {M}\n  c: y\n}}\n", [("x:1", "plain", 2, 6)]),
    "the last of a flow list over lines": (f"a: [\n  w, x:1 {M}\n]\n", [("x:1", "plain", 2, 6)]),
    "above a list's item": (f"a:\n  - w\n  {M}\n  - x:1\n", [("x:1", "plain", 4, 5)]),
    "above the first item": (f"a:\n  {M}\n  - x:1\n", [("x:1", "plain", 3, 5)]),
    "above the first item, a blank line between": (f"a:\n  {M}\n\n  - x:1\n", [("x:1", "plain", 4, 5)]),
    "above an item, blank lines around": (f"- w\n\n{M}\n\n- x:1\n", [("x:1", "plain", 5, 3)]),
    "above an item with an anchor": (f"{M}\n- &x x:1\n", [("x:1", "plain", 2, 6)]),
    "above a value on a line of its own": (f"a:\n  {M}\n  x:1\n", [("x:1", "plain", 3, 3)]),
    "above an element of a flow list": (f"a: [\n  {M}\n  x:1\n]\n", [("x:1", "plain", 3, 3)]),
    "behind the dash of an item": (f"a:\n  - {M}\n    x:1\n", [("x:1", "plain", 3, 5)]),
    "under a merge key": (f"x: &a\n  i: x:1 {M}\ny:\n  <<: [*a]\n", [("x:1", "plain", 2, 6)]),
    "both of two equal keys": (f"a: x {M}\na: y {M}\n", [("x", "plain", 1, 4), ("y", "plain", 2, 4)]),
    "the root itself": (f"--- x:1 {M}\n", [("x:1", "plain", 1, 5)]),
    "a quoted key": (f'"a b": x:1 {M}\n', [("x:1", "plain", 1, 8)]),
    "the value of an explicit key": (f"? a\n: x:1 {M}\n", [("x:1", "plain", 2, 3)]),
    "CRLF": (f"a: x:1 {M}\r\nb: y:1 {M}\r\n", [("x:1", "plain", 1, 4), ("y:1", "plain", 2, 4)]),
    "lone CRs": (f"a: x:1 {M}\rb: y:1 {M}\r", [("x:1", "plain", 1, 4), ("y:1", "plain", 2, 4)]),
    "a byte order mark": (f"\ufeffa: x:1 {M}\n", [("x:1", "plain", 1, 4)]),
    "wide characters before it": (f"ключ😀: {{é: [ü]}}\n😀: x:1 {M}\n", [("x:1", "plain", 2, 4)]),
    "NEL, LS and PS in another value": (f'a: "x\x85y\u2028z\u2029"\nb: x:1 {M}\n', [("x:1", "plain", 2, 4)]),
    "tabs between tokens": (f"b:\t1\na: x:1 {M}\n", [("x:1", "plain", 2, 4)]),
    "a directive": (f"%YAML 1.2\n---\na: x:1 {M}\n", [("x:1", "plain", 3, 4)]),
    "a document after an end mark": (f"a: b\n...\nc: x:1 {M}\n", [("x:1", "plain", 3, 4)]),
    "a good document between bad ones": (f"a: [\n---\na: x:1 {M}\n--- [\n", [("x:1", "plain", 3, 4)]),
    "a colon in flow, which only the pure reader takes": (f"a: {{b: x:1}}\nc: y:1 {M}\n", [("y:1", "plain", 2, 4)]),
    "no newline at the end": (f"a: x:1 {M}", [("x:1", "plain", 1, 4)]),
    "an escaped dollar beside a plain one": (
        f'a: x:1 # {{"\\u0024imagepolicy": "ns:p"}}\nb: y:1 {M}\n',
        [("x:1", "plain", 1, 4), ("y:1", "plain", 2, 4)],
    ),
}

# text, then (line, code, words of the message) of each problem; nothing works in any of them
BROKEN = {
    "above a key": (f"{M}\na: x\n", [(1, "misplaced-marker", "above a key")]),
    "above a key of an item": (f"a:\n  {M}\n  - b: x\n", [(2, "misplaced-marker", "above a key")]),
    "above an item that is a list": (f"{M}\n- - x\n", [(1, "misplaced-marker", "no plain value")]),
    "behind a key, a value below": (f"a: {M}\n  x:1\n", [(1, "misplaced-marker", "no value stands before")]),
    "behind a key, a map below": (f"a: {M}\n  b: x:1\n", [(1, "misplaced-marker", "no value stands before")]),
    "an empty value": (f"a: {M}\nb: c\n", [(1, "misplaced-marker", "no value stands before")]),
    "a tag without a value": (f"a: !!str {M}\nb: c\n", [(1, "misplaced-marker", "later line")]),
    "an anchor before a map": (f"a: &x {M}\n  b: c\n", [(1, "misplaced-marker", "later line")]),
    "an explicit key": (f"? x:1 {M}\n: y\n", [(1, "misplaced-marker", "key")]),
    "inside a key": (f"? [x:1, {M}\n  y]\n: z\n", [(1, "misplaced-marker", "key")]),
    "a block scalar as a key": (f"? |- {M}\n  x:1\n: z\n", [(1, "misplaced-marker", "key")]),
    "an alias": (f"a: &x x:1\nb: *x {M}\n", [(2, "misplaced-marker", "alias")]),
    "a one-line flow map": (f"a: {{b: x, c: y}} {M}\n", [(1, "misplaced-marker", "one-line flow map")]),
    "a one-line flow list": (f"- [x] {M}\n", [(1, "misplaced-marker", "one-line flow list")]),
    "a key without a value in flow": (f"a: {{\n  x, {M}\n}}\n", [(2, "misplaced-marker", "key")]),
    "below the last value": (f"a: x\n{M}\n", [(2, "misplaced-marker", "does not follow")]),
    "below an item, a blank line behind it": (f"- x\n{M}\n\n- y\n", [(2, "misplaced-marker", "under the value before it")]),
    "another comment joins it from below": (f"{M}\n# c\n- x\n", [(1, "misplaced-marker", "other comment lines")]),
    "another comment joins it from above": (f"# c\n{M}\n- x\n", [(2, "misplaced-marker", "other comment lines")]),
    "the value's own comment counts": (f"{M}\n- x # c\n", [(1, "misplaced-marker", "only that one counts")]),
    "a separator": (f"--- {M}\na: b\n", [(1, "misplaced-marker", "does not follow")]),
    "inside a string": (f"a: 'x {M}'\n", [(1, "misplaced-marker", "inside a string")]),
    "inside a block": (f"a: |\n  b: x:1 {M}\n  c: y:1 {M}\n", [(2, "misplaced-marker", "string"), (3, "misplaced-marker", "string")]),
    "inside a value with an anchor": (f"a: &x |\n  b: x:1 {M}\n", [(2, "misplaced-marker", "inside a string")]),
    "as a key": ('"$imagepolicy": x\n', [(1, "misplaced-marker", "inside a string")]),
    "as a tag": ("a: !$imagepolicy x\n", [(1, "misplaced-marker", "tag")]),
    "in JSON": ('{"a": "$imagepolicy", "b": "$imagepolicy"}\n', [(1, "misplaced-marker", "string"), (1, "misplaced-marker", "string")]),
    "an integer's tag": (f"a: !!int 5 {M}\n", [(1, "refused-edit", "!!int")]),
    "a spelled out tag": (f"a: !<tag:yaml.org,2002:null> x {M}\n", [(1, "refused-edit", "!!null")]),
    "two lines of a block": (f"a: | {M}\n  x:1\n  y:1\n", [(1, "refused-edit", "more than one line")]),
    "an empty block": (f"a: | {M}\nb: c\n", [(1, "refused-edit", "more than one line")]),
    "a Helm value": (f"a: {{{{ .Values.x }}}} {M}\n", [(1, "misplaced-marker", "flow map")]),
    "a Helm template": (f"{{{{- if .x }}}}\na: x {M}\nb: y {M}\n", [(2, "unparsable-document", "not valid YAML"), (3, "unparsable-document", "not valid YAML")]),
    "a tag nobody declared": (f"a: !x!y z {M}\n", [(1, "unparsable-document", "undefined tag handle")]),
    "a control character": (f"a: x\x0c {M}\n", [(1, "unparsable-document", "control characters")]),
    "NUL": (f"a: x\x00 {M}\n", [(1, "unparsable-document", "control characters")]),
    "dashes behind NEL, a separator to some readers and a value to others": (
        f"---\n\x85--- {M}\n", [(2, "unparsable-document", "only some readers")]
    ),
    "dots behind LS": (f"\u2028... {M}\n", [(1, "unparsable-document", "not valid YAML")]),
    "a byte order mark in the middle of the file": (f"a\n---\n\ufeffx:1 {M}\n", [(3, "refused-edit", "byte order mark")]),
    "half of a surrogate pair": (f'{{x:1}}\n---\nq: {{z: a:1}}\nv: "\\ud800" {M}\n', [(4, "unparsable-document", "not valid YAML")]),
    "an empty document": (f"--- {M}\n", [(1, "misplaced-marker", "does not follow")]),
    "a version nobody knows": (f"%YAML 3.7\n---\na: x {M}\n", [(3, "unparsable-document", "not valid YAML")]),
    "LS in the comment": ('a: x:1 # {"$imagepolicy": "ns:p"}\u2028b: c\n', [(1, "malformed-marker", "text beside")]),
    "a mention": ("# how $imagepolicy works\na: b\n", [(1, "malformed-marker", "mentions")]),
}  # fmt: skip


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_file_that_asks_for_nothing_is_left_in_peace(text: str) -> None:
    found = scan("f.yaml", text.encode())
    assert (found.marked, found.problems, found.data) == ((), (), text.encode())


@pytest.mark.parametrize(("text", "expected"), WORKING.values(), ids=WORKING)
def test_a_marker_finds_its_value(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    found = scan("f.yaml", text.encode())
    assert found.problems == ()
    assert [(one.value, one.style, one.line, one.column) for one in found.marked] == expected
    for one in found.marked:
        raw = found.text[one.start : one.end]
        assert raw == one.value or raw[0] in "'\"" or "\n" in raw


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_marker_that_cannot_work_is_told_with_its_line(text: str, expected: list[tuple[int, str, str]]) -> None:
    found = scan("f.yaml", text.encode())
    assert found.marked == ()
    assert [(one.line, one.code) for one in found.problems] == [(line, code) for line, code, _ in expected]
    for problem, (_, _, words) in zip(found.problems, expected, strict=True):
        assert words in problem.message


def test_only_the_broken_document_of_a_file_is_given_up() -> None:
    found = scan("f.yaml", f"a: x {M}\n---\nb: [ {M}\n---\nc: y {M}\n".encode())
    assert [(one.document, one.value) for one in found.marked] == [(0, "x"), (2, "y")]
    assert [(one.line, one.code) for one in found.problems] == [(3, "unparsable-document")]


def test_an_unknown_line_comment_outvotes_the_marker_above() -> None:
    found = scan("f.yaml", b'{}\n---\n# {"$imagepolicy": "ns:p"}\n- x:1 # {"$imagepolicy": "ns:other"}\n')
    assert [one.policy for one in found.marked] == ["ns:other"]
    assert [one.code for one in found.problems] == ["misplaced-marker"]


def test_the_second_marker_of_one_value_is_told() -> None:
    found = scan("f.yaml", f"a:\n  {M}\n\n  {M}\n  - x\n".encode())
    assert [one.marker_line for one in found.marked] == [2]
    assert [(one.line, one.code) for one in found.problems] == [(4, "misplaced-marker")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'a: \xe9 # {"$imagepolicy": "ns:p"}', "not-utf8"),
        (b'a: \xed\xa0\x80 # {"$imagepolicy": "ns:p"}', "not-utf8"),
        ('a: x # {"$imagepolicy": "ns:p"}'.encode("utf-16"), "not-utf8"),
        (b'a: x # {"$imagepolicy": "ns:p"}\n' + b"#" * MAX_BYTES, "limit"),
        (b'a: x # {"$imagepolicy": "ns:p"}\n' + b"---\n" * MAX_DOCUMENTS, "limit"),
        (b'# {"$imagepolicy": "ns:p"}\n' * (MAX_MARKERS + 1), "limit"),
    ],
    ids=["latin-1", "a surrogate", "UTF-16", "too many bytes", "too many documents", "too many markers"],
)
def test_a_file_that_is_not_read_has_one_problem(data: bytes, code: str) -> None:
    found = scan("f.yaml", data)
    assert [one.code for one in found.problems] == [code]
    assert found.marked == ()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + f"\n{M}\n",
        "a: " + "[" * 3000 + "]" * 3000 + f" {M}\n",
        "a: " + "{a: " * 3000 + f"\n{M}\n",
        "- " * 3000 + f"x {M}\n",
        "".join(" " * depth + "a:\n" for depth in range(300)) + " " * 300 + f"a: x {M}\n",
        "? " * 3000 + f"x {M}\n",
    ],
    ids=["brackets never closed", "brackets", "braces", "dashes", "block maps", "keys of keys"],
)
def test_bottomless_nesting_is_refused_at_once(text: str) -> None:
    found = scan("f.yaml", text.encode())
    assert found.marked == ()
    assert {one.code for one in found.problems} == {"limit"}


def test_an_alias_bomb_is_only_text() -> None:
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))
    found = scan("f.yaml", (bomb + f"image: x:1 {M}\n").encode())
    assert [one.value for one in found.marked] == ["x:1"]


def test_a_list_of_two_thousand_documents_is_read() -> None:
    found = scan("f.yaml", f"kind: A\nimage: x:1 {M}\n---\n".encode() * 2000)
    assert len(found.marked) == 2000
    assert found.marked[-1].document == 1999


def test_the_slow_reader_works_for_so_much_of_a_file_and_no_more() -> None:
    document = f"a: {{b: x:1}} # only the pure reader takes this\nc: x:1 {M}\n" + "#" * 80_000 + "\n---\n"
    found = scan("f.yaml", document.encode() * 8)
    assert [one.document for one in found.marked] == [0, 1, 2, 3, 4, 5]
    assert [one.code for one in found.problems] == ["unparsable-document"] * 2
