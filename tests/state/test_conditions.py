"""Conditions move as kstatus wants them: the transition time only with the status."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gitbot.state import conditions
from tests.state.examples import BEFORE, NOW

LATER = NOW + timedelta(minutes=1)


def shown(found):
    return [(item.type, item.status, item.reason, item.last_transition_time) for item in found]


def test_success_after_success_keeps_the_time_and_takes_the_new_words():
    first = conditions.succeeded((), now=BEFORE)
    second = conditions.succeeded(first, message="pushed commit '2222222' to branch 'main'", now=NOW)
    assert shown(second) == [("Ready", "True", "Succeeded", BEFORE)]
    assert second[0].message == "pushed commit '2222222' to branch 'main'"


def test_a_failure_is_tried_again_and_another_reason_does_not_move_the_time():
    ready = conditions.succeeded((), now=BEFORE)
    failed = conditions.failed(ready, reason="GitOperationFailed", message="no route", now=NOW)
    assert shown(failed) == [
        ("Ready", "False", "GitOperationFailed", NOW),
        ("Reconciling", "True", "ProgressingWithRetry", NOW),
    ]
    again = conditions.failed(failed, reason="UpdateFailed", message="bad path", now=LATER)
    assert shown(again) == [
        ("Ready", "False", "UpdateFailed", NOW),
        ("Reconciling", "True", "ProgressingWithRetry", NOW),
    ]


@pytest.mark.parametrize("reason", sorted(conditions.STALLING))
def test_a_reason_that_a_person_must_mend_stalls(reason):
    found = conditions.failed((), reason=reason, message="mend it", now=NOW)
    assert shown(found) == [("Ready", "False", reason, NOW), ("Stalled", "True", reason, NOW)]
    assert shown(conditions.succeeded(found, now=LATER)) == [("Ready", "True", "Succeeded", LATER)]


def test_while_a_run_works_the_last_verdict_stays_but_not_stalled():
    stalled = conditions.failed((), reason="AccessDenied", message="", now=BEFORE)
    assert shown(conditions.reconciling(stalled, now=NOW)) == [
        ("Ready", "False", "AccessDenied", BEFORE),
        ("Reconciling", "True", "Progressing", NOW),
    ]
    assert shown(conditions.reconciling((), now=NOW))[0] == ("Ready", "Unknown", "Progressing", NOW)


def test_a_type_that_is_not_there_is_none():
    assert conditions.find((), "Ready") is None
