from __future__ import annotations

import pytest

from gitbot.config.models import PolicySelector
from gitbot.config.selector import faults, matches

WEB = {"app": "web", "tier": "front"}


def selector(**written) -> PolicySelector:
    return PolicySelector.model_validate(written)


def condition(key: str, operator: str, *values: str) -> PolicySelector:
    return selector(matchExpressions=[{"key": key, "operator": operator, "values": list(values)}])


@pytest.mark.parametrize(
    ("chosen", "labels", "expected"),
    [
        pytest.param(selector(), {}, True, id="no condition is met by no labels"),
        pytest.param(selector(), WEB, True, id="no condition is met by any labels"),
        pytest.param(selector(matchLabels={"app": "web"}), WEB, True, id="label"),
        pytest.param(selector(matchLabels={"app": "web", "tier": "back"}), WEB, False, id="one of two labels"),
        pytest.param(selector(matchLabels={"app": ""}), {}, False, id="an empty value is not an absent label"),
        pytest.param(condition("app", "In", "web", "api"), WEB, True, id="In"),
        pytest.param(condition("app", "In", "api"), WEB, False, id="In other values"),
        pytest.param(condition("app", "In", "web"), {}, False, id="In, absent"),
        pytest.param(condition("app", "NotIn", "api"), WEB, True, id="NotIn"),
        pytest.param(condition("app", "NotIn", "web"), WEB, False, id="NotIn its value"),
        pytest.param(condition("app", "NotIn", "web"), {}, True, id="NotIn, absent"),
        pytest.param(condition("app", "Exists"), WEB, True, id="Exists"),
        pytest.param(condition("app", "Exists"), {}, False, id="Exists, absent"),
        pytest.param(condition("app", "DoesNotExist"), {}, True, id="DoesNotExist"),
        pytest.param(condition("app", "DoesNotExist"), WEB, False, id="DoesNotExist, there"),
        pytest.param(
            selector(matchLabels={"app": "web"}, matchExpressions=[{"key": "tier", "operator": "DoesNotExist"}]),
            WEB,
            False,
            id="labels and conditions have to hold",
        ),
    ],
)
def test_selectors_mean_what_kubernetes_means(chosen, labels, expected):
    assert matches(chosen, labels) is expected


def test_operators_want_their_values_and_no_others():
    assert list(faults(selector())) == []
    assert list(faults(condition("a", "In"))) == [(0, "In wants values")]
    assert list(faults(condition("a", "NotIn"))) == [(0, "NotIn wants values")]
    assert list(faults(condition("a", "Exists", "x"))) == [(0, "Exists takes no values")]
    assert list(faults(condition("a", "DoesNotExist", "x"))) == [(0, "DoesNotExist takes no values")]
