"""The `versionMetadata` policy: the reference of each version, and what is written while there is no metadata."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from gitbot.image import ImageRef, InvalidReferenceError
from gitbot.policies.decision import Apply, Current, Hold, Keep, NotReady
from gitbot.policies.version_metadata import Options, VersionMetadata, choose, read
from gitbot.policies.version_metadata_document import Metadata, pair

FIXTURES = Path(__file__).parents[2] / "fixtures" / "version-metadata"
IMAGE = "octopusdeploy/kubernetes-agent-tools-base"
KNOWN = ("1.26", "1.27", "1.28", "1.29", "1.30")
GROWN = (*KNOWN, "1.31", "1.32", "1.33", "1.34", "1.35", "1.36")
SEED = Options(known_tags=KNOWN)
RESOLVE = Options(known_tags=GROWN, newer_than_latest="resolve")


def metadata(name: str, options: Options = SEED) -> Metadata:
    found = read((FIXTURES / f"{name}.json").read_bytes(), options)
    assert isinstance(found, Metadata)
    return found


def version(text: str) -> tuple[int, int]:
    found = pair(text)
    assert found is not None
    return found


def pinned(text: str) -> str:
    """Every digest of the fixtures is that of the version's own text."""
    return f"{text}@sha256:{hashlib.sha256(text.encode()).hexdigest()}"


CHOSEN = [
    ("S000-01", "seed", "1.30", "1.30-Juaa5J", "1.30-Juaa5J"),
    ("S000-02", "seed", "1.29", "1.29-Juaa5J", "1.29-Juaa5J"),
    ("S000-03", "seed", "1.28", "1.28-Juaa5J", "1.28-Juaa5J"),
    ("S000-04", "seed", "1.27", pinned("1.27"), pinned("1.27")),
    ("S000-05", "seed", "1.26", pinned("1.26"), pinned("1.26")),
    ("S000-06", "seed", "1.31", "latest", "1.31-Juaa5J"),
    ("S000-07", "seed", "1.40", "latest", "latest"),
    ("S000-08", "seed", "1.25", "latest", "latest"),
    ("S000-09 1.26", None, "1.26", "1.26", "1.26"),
    ("S000-09 1.28", None, "1.28", "1.28", "1.28"),
    ("S000-09 1.30", None, "1.30", "1.30", "1.30"),
    ("S000-10", None, "1.31", "latest", "1.31"),
    ("S000-11", None, "1.25", "latest", "latest"),
    ("S000-12", "newer", "1.36", "latest", "1.36-tT2Ki6"),
    ("S000-13 1.33", "newer", "1.33", "1.33-tT2Ki6", "1.33-tT2Ki6"),
    ("S000-13 1.34", "newer", "1.34", "1.34-tT2Ki6", "1.34-tT2Ki6"),
    ("S000-13 1.35", "newer", "1.35", "1.35-tT2Ki6", "1.35-tT2Ki6"),
    ("S000-14", "newer", "1.32", pinned("1.32"), pinned("1.32")),
]


@pytest.mark.parametrize(("name", "of", "seed", "resolve"), [row[1:] for row in CHOSEN], ids=[row[0] for row in CHOSEN])
def test_the_reference_of_a_version(name: str | None, of: str, seed: str, resolve: str) -> None:
    for options, expected in ((SEED, seed), (RESOLVE, resolve)):
        document = None if name is None else metadata(name, options)
        assert str(choose(IMAGE, version(of), document, options).image) == f"{IMAGE}:{expected}"


def test_a_deprecation_wins_over_the_list() -> None:
    """S000-15."""
    raw = json.loads((FIXTURES / "seed.json").read_bytes())
    raw["tools"]["kubectl"] += ["1.26.9"]
    for options in (SEED, RESOLVE):
        document = read(json.dumps(raw).encode(), options)
        assert isinstance(document, Metadata)
        assert str(choose(IMAGE, (1, 26), document, options).image) == f"{IMAGE}:{pinned('1.26')}"


@pytest.mark.parametrize(
    ("name", "of", "path"),
    [
        ("short-digest", "1.26", '$.deprecations["1.26"].latestTag: invalid digest'),
        ("missing-at", "1.28", '$.deprecations["1.28"].latestTag: invalid tag'),
    ],
)
@pytest.mark.parametrize("options", [SEED, RESOLVE], ids=["fallback", "resolve"])
def test_the_two_broken_documents_that_were_published_give_no_reference(
    name: str, of: str, path: str, options: Options
) -> None:
    document = metadata(name, options)
    with pytest.raises(InvalidReferenceError, match="deprecations"):
        choose(IMAGE, version(of), document, options)
    for known in (None, ImageRef(IMAGE, of, "sha256:" + "a" * 64)):
        policy = VersionMetadata(image=IMAGE, version=version(of), options=options, metadata=document, known=known)
        for current in (None, Current(IMAGE, of), Current(IMAGE, "latest"), Current(digest="sha256:" + "a" * 64)):
            decision = policy.decide(current)
            assert isinstance(decision, NotReady)
            assert decision.reason.startswith(f"the metadata gives no valid reference: {path}")
        assert policy.good is None


def test_a_broken_pin_of_another_version_is_a_warning() -> None:
    policy = VersionMetadata(image=IMAGE, version=(1, 30), options=SEED, metadata=metadata("short-digest"))
    decision = policy.decide(None)
    assert isinstance(decision, Apply)
    assert decision.image.tag == "1.30-Juaa5J"
    assert [note[:34] for note in decision.notes] == ['$.deprecations["1.26"].latestTag: ']


BAD_PINS = [
    "",
    "1.26@",
    "@sha256:" + "a" * 64,
    "1.26@sha512:" + "a" * 128,
    "other/image:1.26",
    "1.26\nx",
    "1.26@sha256:" + "A" * 64,
]


@pytest.mark.parametrize("text", BAD_PINS, ids=repr)
def test_a_pin_that_is_no_tag_with_digest_gives_no_reference(text: str) -> None:
    raw = json.loads((FIXTURES / "seed.json").read_bytes())
    raw["deprecations"]["1.26"]["latestTag"] = text
    document = read(json.dumps(raw).encode(), SEED)
    policy = VersionMetadata(image=IMAGE, version=(1, 26), options=SEED, metadata=document)
    assert isinstance(policy.decide(None), NotReady)


COMPOSED = [
    ("{major}.{minor}-{revision}", "1.30", "1.30-Juaa5J"),
    ("kube{kubectl}-helm{helm}-pwsh{powershell}-{revision}", "1.30", "kube1.30.5-helm3.16.1-pwsh7.4.5-Juaa5J"),
    ("{revision}", "1.29", "Juaa5J"),
    ("stable", "1.29", "stable"),
]


@pytest.mark.parametrize(("form", "of", "expected"), COMPOSED, ids=[row[0] for row in COMPOSED])
def test_the_tag_is_composed_of_the_entry_of_the_version(form: str, of: str, expected: str) -> None:
    options = Options(tag_format=form)
    assert choose(IMAGE, version(of), metadata("seed", options), options).image.tag == expected


def test_a_tag_that_cannot_be_composed_gives_no_reference() -> None:
    raw = json.loads((FIXTURES / "seed.json").read_bytes())
    raw["tools"]["helm"] = []
    options = Options(tag_format="{major}.{minor}-{helm}")
    policy = VersionMetadata(
        image=IMAGE, version=(1, 30), options=options, metadata=read(json.dumps(raw).encode(), options)
    )
    decision = policy.decide(None)
    assert isinstance(decision, NotReady)
    assert "lists no version of helm" in decision.reason


GOOD = ImageRef(IMAGE, "1.30-Juaa5J")
KEPT: list[tuple[str, dict[str, Any], ImageRef | None, Current | None, Any]] = [
    ("known, no marker", {}, GOOD, None, "1.30-Juaa5J"),
    ("known, value already", {}, GOOD, Current(IMAGE, "1.30-Juaa5J"), "1.30-Juaa5J"),
    ("known, new marker", {}, GOOD, Current(IMAGE, "1.0"), "1.30-Juaa5J"),
    ("nothing known, revisioned", {}, None, Current(IMAGE, "1.30-Juaa5J"), Keep),
    ("nothing known, revisioned, tag alone", {}, None, Current(tag="1.30-Juaa5J"), Keep),
    ("nothing known, of another version", {}, None, Current(tag="1.29-Juaa5J"), Keep),
    ("nothing known, pinned", {}, None, Current(IMAGE, "1.26", "sha256:" + "a" * 64), Keep),
    ("nothing known, digest alone", {}, None, Current(digest="sha256:" + "a" * 64), Keep),
    ("nothing known, the version itself", {"known_tags": ()}, None, Current(tag="1.30"), Keep),
    ("nothing known, placeholder", {}, None, Current(tag="0.0"), "1.30"),
    ("nothing known, no marker", {}, None, None, "1.30"),
    ("nothing known at all", {"known_tags": ()}, None, Current(tag="0.0"), "latest"),
    ("known of another image", {}, ImageRef("other", "1.30-x"), None, "1.30"),
    ("fallback asked for", {"on_unavailable": "fallback"}, GOOD, Current(tag="1.30-Juaa5J"), "1.30"),
    ("failure asked for", {"on_unavailable": "fail"}, GOOD, Current(tag="1.30-Juaa5J"), NotReady),
    ("fallback held", {"on_fallback": "hold"}, None, Current(tag="0.0"), Hold),
    (
        "fallback held, and there already",
        {"on_fallback": "hold", "known_tags": ()},
        None,
        Current(tag="latest"),
        "latest",
    ),
    ("known, fallback held", {"on_fallback": "hold"}, GOOD, Current(tag="0.0"), "1.30-Juaa5J"),
    ("composed otherwise", {"tag_format": "kube{kubectl}-{revision}"}, None, Current(tag="kube1.30.5-Ju"), Keep),
]


@pytest.mark.parametrize(
    ("changed", "known", "current", "expected"), [row[1:] for row in KEPT], ids=[row[0] for row in KEPT]
)
def test_while_there_is_no_metadata_a_good_value_stays(
    changed: dict[str, Any], known: ImageRef | None, current: Current | None, expected: Any
) -> None:
    options = Options(**{"known_tags": KNOWN} | changed)
    policy = VersionMetadata(image=IMAGE, version=(1, 30), options=options, metadata="HTTP 503", known=known)
    decision = policy.decide(current)
    if isinstance(decision, Apply):
        assert decision.image.tag == expected
        assert decision.notes[0].startswith("HTTP 503")
        assert policy.good is None
    else:
        assert type(decision) is expected
        assert decision.reason.startswith("HTTP 503")


def test_broken_metadata_is_as_no_metadata() -> None:
    document = read(b'{"tools": {"kubectl": ["1.30.x"]}}', SEED)
    policy = VersionMetadata(image=IMAGE, version=(1, 30), options=SEED, metadata=document, known=GOOD)
    decision = policy.decide(Current(tag="1.30-Juaa5J"))
    assert isinstance(decision, Apply)
    assert decision.image == GOOD
    assert "$.revisionHash: want" in decision.notes[0]


def test_a_fallback_is_always_told_and_can_be_held() -> None:
    held = VersionMetadata(image=IMAGE, version=(1, 31), options=Options(on_fallback="hold"), metadata=metadata("seed"))
    decision = held.decide(Current(IMAGE, "1.30-Juaa5J"))
    assert isinstance(decision, Hold)
    assert (decision.code, str(decision.wanted)) == ("fallback", f"{IMAGE}:latest")
    applied = VersionMetadata(image=IMAGE, version=(1, 31), options=SEED, metadata=metadata("seed")).decide(None)
    assert isinstance(applied, Apply)
    assert applied.notes == ("latest is a fallback: the version is newer than the latest of the metadata (1.31)",)
    assert held.good is None


def test_what_is_remembered_is_bound_to_what_the_user_wrote() -> None:
    document = metadata("seed")
    one = VersionMetadata(image=IMAGE, version=(1, 30), options=SEED, metadata=document)
    assert one.good == GOOD
    assert one.inputs == VersionMetadata(image=IMAGE, version=(1, 30), options=SEED, metadata="gone").inputs
    assert one.inputs != VersionMetadata(image=IMAGE, version=(1, 29), options=SEED, metadata=document).inputs
    assert one.inputs != VersionMetadata(image=IMAGE, version=(1, 30), options=RESOLVE, metadata=document).inputs
