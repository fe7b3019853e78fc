"""Label selectors, with the meaning Kubernetes gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitbot.config.automation import LabelRequirement, PolicySelector


def matches(selector: PolicySelector, labels: Mapping[str, str]) -> bool:
    """Whether labels meet every condition; a selector without conditions is met by all labels.

    `NotIn` is also met where the label is absent (Kubernetes, labels.Requirement.Matches).
    """
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _meets(requirement, labels) for requirement in selector.match_expressions
    )


def _meets(requirement: LabelRequirement, labels: Mapping[str, str]) -> bool:
    match requirement.operator:
        case "In":
            return requirement.key in labels and labels[requirement.key] in requirement.values
        case "NotIn":
            return labels.get(requirement.key) not in requirement.values
        case "Exists":
            return requirement.key in labels
        case "DoesNotExist":
            return requirement.key not in labels


def faults(selector: PolicySelector) -> Iterator[tuple[int, str]]:
    """Each condition whose operator and values do not go together: its index and what is wrong."""
    for index, requirement in enumerate(selector.match_expressions):
        wants_values = requirement.operator in {"In", "NotIn"}
        if wants_values and not requirement.values:
            yield index, f"{requirement.operator} wants values"
        if requirement.values and not wants_values:
            yield index, f"{requirement.operator} takes no values"
