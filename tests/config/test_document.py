from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.config.document import Document, DocumentError, decode, documents, key_path


def value(text: str):
    (found,) = documents(text)
    assert found.mistakes == []
    return found.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("~", None, id="null"),
        pytest.param("a:", {"a": None}, id="nothing"),
        pytest.param("[true, False, TRUE]", [True, False, True], id="truth values"),
        pytest.param("[yes, no, on, off, y]", ["yes", "no", "on", "off", "y"], id="texts of YAML 1.2"),
        pytest.param("[1, -2, +3, 0x10, 0o17, 010]", [1, -2, 3, 16, 15, 10], id="whole numbers"),
        pytest.param("[1.5, .5, 1e3, -.inf]", [1.5, 0.5, 1000.0, -math.inf], id="numbers"),
        pytest.param(
            "[1.2.3, 1_000, 0x, 5.0.x, 12:30, 2020-01-01]",
            ["1.2.3", "1_000", "0x", "5.0.x", "12:30", "2020-01-01"],
            id="texts",
        ),
        pytest.param("['1', \"true\", !!str 5]", ["1", "true", "5"], id="quoted"),
        pytest.param("{a: sha256:ab, b: nginx:1.25}", {"a": "sha256:ab", "b": "nginx:1.25"}, id="colons in flow"),
        pytest.param("a: |\n  x\n  y\n", {"a": "x\ny\n"}, id="block"),
        pytest.param("1: a\ntrue: b\n", {"1": "a", "true": "b"}, id="keys are texts"),
        pytest.param("a: &x {b: 1}\nc: *x\n", {"a": {"b": 1}, "c": {"b": 1}}, id="alias"),
        pytest.param(
            "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}, id="merge"
        ),
        pytest.param("a: {<<: [{b: 1}, {b: 2, c: 3}]}", {"a": {"b": 1, "c": 3}}, id="merge of several"),
        pytest.param("'<<': 1", {"<<": 1}, id="a quoted merge key is a key"),
        pytest.param("9" * 5000, "9" * 5000, id="a number nobody means"),
    ],
)
def test_values_are_those_of_yaml_1_2(text, expected):
    assert value(text) == expected


def test_nothing_is_no_document():
    assert documents("") == []
    assert documents("# only a comment\n") == []


def test_places_are_those_of_the_keys_and_items():
    (found,) = documents("a:\n  - b: 1\n    c: {d: nginx:1}\n")
    assert found.place(("a", 0, "c", "d")) == (3, 9)
    assert found.place(("a", 0)) == (2, 5)
    assert found.place(("a", 0, "missing", "deeper")) == (2, 5)
    assert found.place(("nowhere",)) == (1, 1)


def test_a_key_that_stands_twice_is_a_mistake_and_the_first_counts():
    (found,) = documents("a: 1\nb: 2\na: 3\n")
    assert found.value == {"a": 1, "b": 2}
    assert found.mistakes == [(("a",), (3, 1), "the key 'a' stands twice in this mapping")]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("a:\n\tb: 1\n", 2, "a tab indents this line; YAML wants spaces", id="tab"),
        pytest.param("a: [1\nb: 2\n", 2, "expected ',' or ']'", id="open list"),
        pytest.param("a: b: c\n", 1, "mapping values are not allowed", id="two colons"),
        pytest.param("a: \x01\n", 0, "a character that YAML does not allow", id="control character"),
        pytest.param("a: &x [*x]\n", 1, "without an anchor before it", id="alias inside its anchor"),
        pytest.param("[a]: 1\n", 1, "a key is one text", id="list as key"),
        pytest.param("a: {<<: 5}\n", 1, "'<<' merges mappings only", id="merge of a number"),
        pytest.param("[" * 20_000, 1, "too deeply nested", id="depth"),
    ],
)
def test_what_is_no_yaml_is_one_error_with_its_line(text, line, message):
    with pytest.raises(DocumentError) as caught:
        documents(text)
    assert message in caught.value.message
    assert caught.value.line == line


def test_aliases_are_bounded():
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    with pytest.raises(DocumentError, match="aliases repeat too much"):
        documents(text)


def test_bytes_are_utf_8_with_or_without_mark():
    assert decode("é".encode(), 10) == "é"
    assert decode(b"\xef\xbb\xbfa", 10) == "a"
    with pytest.raises(DocumentError) as caught:
        decode(b"a\nb\n\xff", 10)
    assert caught.value.line == 3
    with pytest.raises(DocumentError, match="larger than 3 bytes"):
        decode(b"abcd", 3)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ((), ""),
        (("policies", 1, "policy", "semver", "range"), "policies[1].policy.semver.range"),
        (("labels", "a.b/c"), 'labels["a.b/c"]'),
        (("a\nb",), '["a\\nb"]'),
    ],
)
def test_key_paths(path, shown):
    assert key_path(path) == shown


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@ \n\t,?<~0.", max_size=60))
def test_any_text_gives_documents_or_one_error(text):
    with contextlib.suppress(DocumentError):
        assert all(isinstance(one, Document) for one in documents(text))
