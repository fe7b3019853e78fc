"""Version metadata as it is published: versions, and every way in which a document can be broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.version_metadata_document import (
    MAX_BYTES,
    InvalidMetadataError,
    Metadata,
    pair,
    read_metadata,
    version_in,
    version_of,
)

SEED = json.loads((Path(__file__).parents[2] / "fixtures" / "version-metadata" / "seed.json").read_bytes())


def reading(raw: Any, tools: tuple[str, ...] = ("kubectl",), *, needs_latest: bool = True) -> Metadata:
    data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return read_metadata(data, tools, needs_latest=needs_latest)


def test_a_good_document_is_read() -> None:
    found = reading(SEED)
    assert found.tools == {"kubectl": ("1.31.1", "1.30.5", "1.29.9", "1.28.14")}
    assert (found.latest, found.revision) == ((1, 30), "Juaa5J")
    assert [(pin.key, pin.version) for pin in found.pins] == [("1.26", (1, 26)), ("1.27", (1, 27))]
    assert list(found.warnings("image")) == []


LENIENT = [
    ("no deprecations", {"deprecations": None}),
    ("more keys", {"extra": [1, {"a": None}]}),
    ("tools that are not used", {"tools": {"kubectl": ["1.30.5"], "helm": "broken", "powershell": [1, 2]}}),
    ("two numbers", {"tools": {"kubectl": ["1.30"]}}),
    ("a longer key", {"deprecations": {"1.26.3": {"latestTag": "1.26"}}}),
]


@pytest.mark.parametrize("change", [row[1] for row in LENIENT], ids=[row[0] for row in LENIENT])
def test_what_is_not_used_is_not_looked_at(change: dict[str, Any]) -> None:
    assert reading(SEED | change).revision == "Juaa5J"


def test_a_byte_order_mark_is_skipped_and_the_latest_is_looked_at_only_when_it_counts() -> None:
    assert reading(b"\xef\xbb\xbf" + json.dumps(SEED).encode()).revision == "Juaa5J"
    assert reading(SEED | {"latest": "soon"}, needs_latest=False).latest is None


BROKEN: list[tuple[str, Any, str]] = [
    ("nothing", b"", "the metadata is not JSON"),
    ("a page", b"<html><title>404</title></html>", "the metadata is not JSON"),
    ("not text", b"\xff\xfe{}", "the metadata is not JSON"),
    ("too deep", b"[" * 200_000, "the metadata is not JSON"),
    ("too long", b" " * (MAX_BYTES + 1), f"the metadata is longer than {MAX_BYTES} bytes"),
    ("a list", [], "$: want an object, got list"),
    ("null", None, "$: want an object, got nothing"),
    ("no tools", {"tools": None}, "$.tools: want an object, got nothing"),
    ("no such tool", {"tools": {}}, "$.tools.kubectl: want a list of versions, got nothing"),
    ("tools of text", {"tools": {"kubectl": "1.30"}}, "$.tools.kubectl: want a list of versions, got '1.30'"),
    (
        "a word",
        {"tools": {"kubectl": ["1.30.5", "next"]}},
        "$.tools.kubectl[1]: want a version N.N or N.N.N, got 'next'",
    ),
    ("a number", {"tools": {"kubectl": [1.3]}}, "$.tools.kubectl[0]: want a version N.N or N.N.N, got float"),
    (
        "a suffix",
        {"tools": {"kubectl": ["1.30.5-rc1"]}},
        "$.tools.kubectl[0]: want a version N.N or N.N.N, got '1.30.5-rc1'",
    ),
    ("latest a number", {"latest": 1.3}, "$.latest: want a version N.N or N.N.N, got float"),
    ("no revision", {"revisionHash": None}, "$.revisionHash: want letters, digits and _.- (at least one), got nothing"),
    ("empty revision", {"revisionHash": ""}, "$.revisionHash: want letters, digits and _.- (at least one), got ''"),
    (
        "hostile revision",
        {"revisionHash": "a\n\x1b"},
        r"$.revisionHash: want letters, digits and _.- (at least one), got 'a\\n\\x1b'",
    ),
    ("deprecations a list", {"deprecations": []}, "$.deprecations: want an object, got list"),
    ("a key", {"deprecations": {"old": {}}}, "$.deprecations.old: want a version N.N or N.N.N, got 'old'"),
    ("a pin of text", {"deprecations": {"1.26": "x"}}, "$.deprecations[\"1.26\"]: want an object, got 'x'"),
    ("a pin without tag", {"deprecations": {"1.26": {}}}, '$.deprecations["1.26"].latestTag: want a text, got nothing'),
]


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_document_is_refused_whole_with_the_path_of_the_fault(change: Any, message: str) -> None:
    with pytest.raises(InvalidMetadataError) as caught:
        reading(SEED | change if isinstance(change, dict) else change)
    assert str(caught.value) == message


def test_a_missing_key_of_the_document_is_a_fault() -> None:
    for key in ("tools", "latest", "revisionHash", "deprecations"):
        with pytest.raises(InvalidMetadataError, match=key):
            reading({name: value for name, value in SEED.items() if name != key})


VERSIONS = [
    ("0", "1", (0, 1)),
    ("1abc", "1", (1, 1)),
    ("0", "1abc", (0, 1)),
    ("1+", "0", (1, 0)),
    ("0", "1+", (0, 1)),
    ("1", "27+", (1, 27)),
    ("1", "27-gke5", (1, 27)),
    ("abc", "1", None),
    ("1", "", None),
    ("1", "9" * 4000, None),
]


@pytest.mark.parametrize(("major", "minor", "expected"), VERSIONS, ids=repr)
def test_what_a_cluster_reports_is_read(major: str, minor: str, expected: tuple[int, int] | None) -> None:
    assert version_of(major, minor) == expected


TEXTS = [
    ("1.30", (1, 30)),
    ("1.30\n", (1, 30)),
    (" v1.30.5-eks-7f9249a", (1, 30)),
    ("1.27+", (1, 27)),
    ("1+.0", (1, 0)),
    ('{"major": "1", "minor": "27+"}', (1, 27)),
    ('{"major": 1, "minor": 27}', None),
    ('{"major": "1"}', None),
    ("[]", None),
    ("", None),
    ("127", None),
    ("latest", None),
    ("9" * 5000 + ".1", None),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[repr(row[0][:30]) for row in TEXTS])
def test_a_version_is_read_from_text_or_json(text: str, expected: tuple[int, int] | None) -> None:
    assert version_in(text) == expected


def test_versions_are_compared_as_numbers() -> None:
    ordered = ["0.5", "0.6", "1.1", "1.29", "1.30", "2.0", "2.11", "3.0"]
    assert sorted(ordered, key=lambda text: pair(text) or (0, 0)) == ordered
    assert pair("1.31.1") == pair("1.31")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(InvalidMetadataError):
        reading(data)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda child: st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=5), child, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["tools", "latest", "revisionHash", "deprecations"]), _JSON)
def test_any_value_in_any_place_is_read_or_refused(key: str, value: Any) -> None:
    fault = ""
    try:
        reading(SEED | {key: value})
    except InvalidMetadataError as error:
        fault = str(error)
    assert not fault or fault.startswith(f"$.{key}")
