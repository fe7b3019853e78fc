"""Which comments are markers, and what is said of those that are none."""

from __future__ import annotations

import pytest

from gitbot.markers.grammar import Malformed, Marker, holds_token, parse, part_of

NOTHING = {
    "an ordinary comment": "# keep in step with the chart",
    "empty": "#",
    "another setter": '# {"$ref": "#/definitions/io.k8s.cli.setters.ns:p"}',
    "a literal of another tool": '# {"x-k8s-cli": {"setter": {"name": "ns:p", "value": "evil:9"}}}',
    "other JSON": '# {"a": "b"}',
    "a JSON array": '# ["ns:p"]',
}

GOOD = {
    "usual": ('# {"$imagepolicy": "ns:p"}', Marker("ns:p", "image", "ns:p")),
    "no space after the hash": ('#{"$imagepolicy": "ns:p"}', Marker("ns:p", "image", "ns:p")),
    "several hashes": ('## {"$imagepolicy":"ns:p"}  ', Marker("ns:p", "image", "ns:p")),
    "tag": ('# {"$imagepolicy": "ns:p:tag"}', Marker("ns:p", "tag", "ns:p:tag")),
    "name": ('# {"$imagepolicy": "ns:p:name"}', Marker("ns:p", "name", "ns:p:name")),
    "digest": ('# {"$imagepolicy": "ns:p:digest"}', Marker("ns:p", "digest", "ns:p:digest")),
    "a further key": ('# {"$imagepolicy": "ns:p", "why": "see the wiki"}', Marker("ns:p", "image", "ns:p")),
    "the last of two keys": ('# {"$imagepolicy": "ns:a", "$imagepolicy": "ns:b"}', Marker("ns:b", "image", "ns:b")),
    "escaped": ('# {"\\u0024imagepolicy": "ns:p"}', Marker("ns:p", "image", "ns:p")),
    "dotted names": (
        '# {"$imagepolicy": "flux-system:app.v2_x"}',
        Marker("flux-system:app.v2_x", "image", "flux-system:app.v2_x"),
    ),
}

BAD = {
    "single quotes": ("# {'$imagepolicy': 'ns:p'}", "malformed-marker", "double quotes"),
    "no quotes": ("# {$imagepolicy: ns:p}", "malformed-marker", "one JSON object"),
    "words before": ('# see {"$imagepolicy": "ns:p"}', "malformed-marker", "text beside"),
    "words after": ('# {"$imagepolicy": "ns:p"} # pinned', "malformed-marker", "text beside"),
    "two markers": ('# {"$imagepolicy": "ns:p"} {"$imagepolicy": "ns:q"}', "malformed-marker", "more than one"),
    "a number beside it": ('# {"$imagepolicy": "ns:p", "n": 1}', "malformed-marker", "must be a string"),
    "a list as its value": ('# {"$imagepolicy": ["ns:p"]}', "malformed-marker", "must be a string"),
    "no namespace": ('# {"$imagepolicy": "p"}', "malformed-marker", "namespace:policy"),
    "a slash": ('# {"$imagepolicy": "ns/p"}', "malformed-marker", "namespace:policy"),
    "padded": ('# {"$imagepolicy": " ns:p "}', "malformed-marker", "namespace:policy"),
    "empty": ('# {"$imagepolicy": ""}', "malformed-marker", "namespace:policy"),
    "percent encoded": ('# {"$imagepolicy": "ns%3Ap"}', "malformed-marker", "namespace:policy"),
    "an unknown part": ('# {"$imagepolicy": "ns:p:foo"}', "unknown-part", "'foo'"),
    "a part in capitals": ('# {"$imagepolicy": "ns:p:Tag"}', "unknown-part", "'Tag'"),
    "two parts": ('# {"$imagepolicy": "ns:p:tag:name"}', "unknown-part", "'tag:name'"),
    "only mentioned": ('# "$imagepolicy"', "malformed-marker", "mentions"),
    "an escape sequence": ('# {"$imagepolicy": "ns:p:\\u001b[2J"}', "unknown-part", "\\x1b[2J"),
    "nested beyond reason": ('# {"$imagepolicy": ' + "[" * 3000, "malformed-marker", "text beside"),
    "far too long": ('# {"$imagepolicy": "ns:p", "x": "' + "y" * 5000 + '"}', "malformed-marker", "more than 4096"),
}


@pytest.mark.parametrize("comment", NOTHING.values(), ids=NOTHING)
def test_a_comment_without_the_token_is_nothing(comment: str) -> None:
    assert parse(comment) is None


@pytest.mark.parametrize(("comment", "marker"), GOOD.values(), ids=GOOD)
def test_a_marker_names_its_policy_and_part(comment: str, marker: Marker) -> None:
    assert parse(comment) == marker


@pytest.mark.parametrize(("comment", "code", "words"), BAD.values(), ids=BAD)
def test_a_comment_that_only_looks_like_a_marker_says_why(comment: str, code: str, words: str) -> None:
    said = parse(comment)
    assert isinstance(said, Malformed)
    assert said.code == code
    assert words in said.message


@pytest.mark.parametrize(
    ("setter", "policy", "part"),
    [("ns:p", "ns:p", "image"), ("ns:p:tag", "ns:p", "tag"), ("ns:tag", "ns:tag", "image"), ("odd", "odd", "image")],
)
def test_the_text_of_a_marker_splits_into_policy_and_part(setter: str, policy: str, part: str) -> None:
    assert part_of(setter) == (policy, part)


@pytest.mark.parametrize(
    ("data", "held"),
    [
        (b"image: x:1\n", False),
        (b"\xff\xfea\0", False),
        (b"a: b # $imagepolicy", True),
        ("a: b # $imagepolicy".encode("utf-16"), True),
        (b"\xfe\xff" + "a: b # $imagepolicy".encode("utf-16-be"), True),
    ],
)
def test_only_a_file_with_the_token_is_worth_reading(data: bytes, held: bool) -> None:
    assert holds_token(data) is held
