"""What a record remembers, and when it says that there is nothing to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.image import ImageRef
from gitbot.state import conditions, stored
from gitbot.state.record import Intent, Move, Record
from tests.state.examples import BLANK, FULL, INTENT, NEW, NGINX, NOW, OLD, PODINFO

SETTLED = replace(FULL, intent=None)
FAILED = replace(SETTLED, conditions=conditions.failed((), reason="GitOperationFailed", message="no route", now=NOW))
SAME = {
    "policies": {"nginx": NGINX, "podinfo": PODINFO},
    "heads": {"refs/heads/main": OLD, "refs/heads/auto": ""},
    "config_digest": "sha256:c1",
}


@pytest.mark.parametrize(
    ("record", "moved", "reasons"),
    [
        pytest.param(SETTLED, {}, (), id="nothing has moved"),
        pytest.param(
            SETTLED, {"heads": {"refs/heads/main": OLD}}, (), id="a ref that is no longer touched does not count"
        ),
        pytest.param(
            BLANK, {"policies": {}, "heads": {}, "config_digest": ""}, ("no earlier run is recorded",), id="never run"
        ),
        pytest.param(SETTLED, {"policies": {"nginx": NGINX}}, ("the elected images have changed",), id="policy gone"),
        pytest.param(
            SETTLED,
            {"policies": {"nginx": ImageRef("nginx", "1.27", "sha256:1"), "podinfo": PODINFO}},
            ("the elected images have changed",),
            id="digest moved",
        ),
        pytest.param(
            SETTLED,
            {"heads": {"refs/heads/main": NEW, "refs/heads/auto": NEW}},
            ("refs/heads/auto has moved", "refs/heads/main has moved"),
            id="both refs moved",
        ),
        pytest.param(
            SETTLED, {"heads": {"refs/heads/new": ""}}, ("refs/heads/new has moved",), id="a ref never looked at"
        ),
        pytest.param(SETTLED, {"config_digest": "sha256:c2"}, ("the configuration has changed",), id="edited settings"),
        pytest.param(FAILED, {}, ("the last run failed",), id="failed, and nothing has moved since"),
        pytest.param(FULL, {}, ("an earlier run was interrupted while it pushed",), id="a push not recorded as done"),
    ],
)
def test_a_run_is_skipped_only_when_nothing_has_moved(record, moved, reasons):
    assert record.reasons_to_run(**{**SAME, **moved}) == reasons


def test_a_record_and_its_intent_survive_json():
    assert Record.from_dict(stored.load(stored.dump(FULL.as_dict()))) == replace(FULL, intent=None)
    assert Intent.from_dict(stored.load(stored.dump(INTENT.as_dict()))) == INTENT
    assert Record.from_dict(stored.load(stored.dump(BLANK.as_dict()))) == BLANK


texts = st.text(st.characters(exclude_categories=()))


@given(
    policies=st.dictionaries(texts, st.builds(ImageRef, texts, texts, texts)),
    refs=st.dictionaries(texts, texts),
    at=st.datetimes(timezones=st.timezones(), min_value=datetime(1971, 1, 1)),  # noqa: DTZ001 - hypothesis wants it naive
    message=texts,
)
def test_any_text_and_time_survives_json(policies, refs, at, message):
    moves = {ref: Move(commit, commit) for ref, commit in refs.items()}
    intent = replace(INTENT, observed_policies=policies, refs=moves, message=message, created=at)
    record = replace(BLANK, observed_policies=policies, observed_refs=refs, last_push_time=at, config_digest=message)
    # Read back in UTC: Python holds a time in the hour that a clock change skips or repeats unequal to any of another zone.
    utc = at.astimezone(UTC)
    assert Intent.from_dict(stored.load(stored.dump(intent.as_dict()))) == replace(intent, created=utc)
    assert Record.from_dict(stored.load(stored.dump(record.as_dict()))) == replace(record, last_push_time=utc)


def test_times_are_stored_in_utc_and_a_time_without_a_zone_is_refused():
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    assert replace(BLANK, last_push_time=east).as_dict()["lastPushTime"] == "2026-11-20T12:30:15.250000Z"
    with pytest.raises(ValueError, match="without a zone"):
        replace(BLANK, last_push_time=NOW.replace(tzinfo=None)).as_dict()


def test_the_json_has_the_names_of_flux():
    shown = FULL.as_dict()
    assert shown["observedPolicies"]["podinfo"] == {"name": PODINFO.name, "tag": "5.0.3", "digest": PODINFO.digest}
    assert shown["observedPolicies"]["nginx"] == {"name": "nginx", "tag": "1.27"}
    assert shown["conditions"][0]["lastTransitionTime"] == "2026-11-20T11:30:15.250000Z"


@pytest.mark.parametrize(
    ("heads", "landed", "untouched"),
    [
        pytest.param({"refs/heads/main": OLD}, False, True, id="killed before the push"),
        pytest.param({"refs/heads/main": NEW, "refs/heads/auto": NEW}, True, False, id="killed after the push"),
        pytest.param({"refs/heads/main": NEW, "refs/heads/auto": ""}, False, False, id="half arrived"),
        pytest.param({"refs/heads/main": "3" * 40}, False, False, id="somebody else pushed"),
    ],
)
def test_an_intent_knows_whether_its_push_has_landed(heads, landed, untouched):
    assert (INTENT.landed(heads), INTENT.untouched(heads)) == (landed, untouched)


def test_a_landed_push_completes_the_record_so_that_the_next_run_has_nothing_to_do():
    done = FULL.completed(INTENT, now=NOW)
    assert (done.last_push_commit, done.last_push_time, done.intent) == (NEW, NOW, None)
    heads = {"refs/heads/main": NEW, "refs/heads/auto": NEW}
    assert done.reasons_to_run(policies={"podinfo": PODINFO}, heads=heads, config_digest="sha256:c2") == ()


UNREADABLE = [
    pytest.param("", "not JSON", id="empty"),
    pytest.param('{"schema":1', "not JSON", id="cut off"),
    pytest.param("[" * 100_000, "not JSON", id="very deep"),
    pytest.param("[1]", "no schema version", id="a list"),
    pytest.param("{}", "no schema version", id="no version"),
    pytest.param('{"schema":"1"}', "no schema version", id="version as text"),
    pytest.param('{"schema":2}', "a newer gitbot wrote it", id="newer"),
    pytest.param('{"schema":1,"observedPolicies":[]}', "observedPolicies is not an object", id="list for a map"),
    pytest.param('{"schema":1,"observedPolicies":{"a":"b"}}', "a is not an object", id="text for an image"),
    pytest.param('{"schema":1,"observedPolicies":{"a":{"name":1}}}', "name is not a text", id="number for a text"),
    pytest.param('{"schema":1,"lastPushTime":"soon"}', "lastPushTime is not a time", id="no time"),
    pytest.param('{"schema":1,"lastPushTime":7}', "lastPushTime is not a time", id="number for a time"),
    pytest.param('{"schema":1,"lastPushTime":"2026-11-20T12:00:00"}', "no time zone", id="time without a zone"),
    pytest.param('{"schema":1,"conditions":{}}', "not a list of objects", id="map for a list"),
    pytest.param('{"schema":1,"conditions":[1]}', "not a list of objects", id="number for a condition"),
    pytest.param('{"schema":1,"conditions":[{"type":"Odd","status":"True"}]}', "none of ours", id="odd condition"),
    pytest.param(
        '{"schema":1,"conditions":[{"type":"Ready","status":"True"}]}', "no lastTransitionTime", id="no time at all"
    ),
]


@pytest.mark.parametrize(("text", "why"), UNREADABLE)
def test_a_stored_text_that_is_no_record_says_why(text, why):
    with pytest.raises(stored.UnreadableError, match=why):
        Record.from_dict(stored.load(text))


def test_fields_of_a_later_gitbot_with_the_same_version_are_passed_over():
    assert Record.from_dict({"namespace": "flux-system", "name": "fleet", "mood": "good"}) == BLANK
