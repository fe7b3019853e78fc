"""Which image every policy elects now, and what of that one automation sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gitbot.config.automation import Automation
from gitbot.config.models import Config
from gitbot.config.policy import Policy
from gitbot.config.selector import matches
from gitbot.errors import GitbotError, Problem
from gitbot.image import ImageRef
from gitbot.policies.election import Elections
from gitbot.policies.results import STDIN, Results, load_results


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Every policy there is, configured or known from results alone, by `ns:name`.

    `labels` has all of them; each is in one of `images`, `failed` (why it elects nothing now) and `suspended`.
    """

    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: Mapping[str, ImageRef] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def resolve(config: Config, *, stdin: Callable[[], bytes]) -> Resolved:
    """Elect the image of every policy; `stdin` is called once, when results are read from standard input.

    A policy that is `fixed` elects what it says; another what `resultsFrom` gives. Results of policies that are not
    configured count as well, with the labels their objects have. Raises ConfigError for a result file that cannot be
    read.
    """
    paths = [path if path == STDIN else config.base / path for path in config.results_from]
    results = load_results(paths, stdin() if STDIN in config.results_from else None)
    configured = {policy.key: policy for policy in config.policies}
    images: dict[str, ImageRef] = {key: image for key, image in results.images.items() if key not in configured}
    failed: dict[str, str] = {key: why for key, why in results.failed.items() if key not in configured}
    for key, policy in configured.items():
        if policy.suspend:
            continue
        elected = _elect(config, policy, results)
        if isinstance(elected, ImageRef):
            images[key] = elected
        else:
            failed[key] = elected
    given = {key: results.labels.get(key, {}) for key in (*results.images, *results.failed)}
    return Resolved(
        labels=given | {key: policy.labels for key, policy in configured.items()},
        images=images,
        failed=failed,
        suspended=frozenset(key for key, policy in configured.items() if policy.suspend),
        problems=results.problems,
    )


def _elect(config: Config, policy: Policy, results: Results) -> ImageRef | str:
    """Elect the image of a configured policy, or say why there is none."""
    name, fixed = config.image_of(policy), policy.policy.fixed
    if fixed is not None:
        return _valid(ImageRef(name, fixed.tag, fixed.digest or ""))
    given = results.images.get(policy.key)
    if given is not None and given.name != name:
        return f"the result given for it is of image {given.name!r}, and it is about {name!r}"
    if given is not None:
        return given
    return results.failed.get(policy.key) or (
        f"gitbot elects images by {policy.policy.kind} in a later version; until then, give the result in resultsFrom "
        "or pin it with policy: {fixed: {tag: …}}"
    )


def _valid(image: ImageRef) -> ImageRef | str:
    try:
        image.check()
    except GitbotError as error:
        return error.message
    return image


def elections_for(config: Config, automation: Automation, resolved: Resolved) -> Elections:  # noqa: ARG001 - said below
    """Say what an automation sees: the policies of its namespace that its selector selects and that are not suspended.

    `config` is asked for by the kinds of policy whose answer depends on the automation.
    """
    hidden = {key: why for key in resolved.labels if (why := _hidden(key, automation, resolved))}
    return Elections(
        images={key: image for key, image in resolved.images.items() if key not in hidden},
        failed={key: why for key, why in resolved.failed.items() if key not in hidden},
        hidden=hidden,
    )


def _hidden(key: str, automation: Automation, resolved: Resolved) -> str:
    namespace = key.partition(":")[0]
    if namespace != automation.namespace:
        return f"it is in namespace {namespace}, and automation {automation.key} sees only its own namespace"
    if not matches(automation.policy_selector, resolved.labels[key]):
        labelled = "its labels do not match" if resolved.labels[key] else "it has no labels"
        return f"the policySelector of automation {automation.key} does not select it: {labelled}"
    return "it is suspended" if key in resolved.suspended else ""
