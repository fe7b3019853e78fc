"""Which image every policy elects now, and what of that one automation sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitbot.config.automation import Automation
from gitbot.config.models import Config
from gitbot.config.policy import Policy
from gitbot.config.selector import matches
from gitbot.errors import GitbotError, Problem
from gitbot.image import ImageRef
from gitbot.policies.election import Elections
from gitbot.policies.results import STDIN, Results, load_results

if TYPE_CHECKING:
    from gitbot.policies.elected import Elected
    from gitbot.policies.office import Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Every policy there is, configured or known from results alone, by `ns:name`.

    `labels` has all of them; each that was asked for is in one of `images`, `failed` (why it elects nothing now) and
    `suspended`. `elected` says how the elections went that asked somebody or are guarded.
    """

    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: Mapping[str, ImageRef] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    elected: Mapping[str, Elected] = field(default_factory=dict)


def asks(config: Config) -> bool:
    """Whether any policy has to ask a registry or a document; when none does, none of that is imported."""
    latest = config.aside.latest
    return any(
        not one.suspend and (guards_ask(one) or (one.policy.fixed is None and one.key not in latest))
        for one in config.policies
    )


def guards_ask(policy: Policy) -> bool:
    """Whether a guard of the policy asks its registry, whatever elects the image."""
    return policy.min_age is not None or bool(policy.platforms)


def seen_by(config: Config, automations: Iterable[Automation]) -> frozenset[str]:
    """The policies (`ns:name`) that any of these automations sees: only they are worth asking for."""
    return frozenset(
        policy.key
        for automation in automations
        for policy in config.policies
        if policy.namespace == automation.namespace and matches(automation.policy_selector, policy.labels)
    )


def resolve(
    config: Config, *, stdin: Callable[[], bytes], office: Office | None = None, wanted: frozenset[str] | None = None
) -> Resolved:
    """Elect the image of every policy; `stdin` is called once, when results are read from standard input.

    Of the policies that have to ask somebody only those in `wanted` do (None: all).

    A policy that is `fixed` elects what it says; another what `resultsFrom` gives; the rest ask their registries and
    documents through the `office` (without one they fail, saying so). Guards judge what is stated, too. Results of policies
    that are not configured count as well, with the labels of their objects. Raises ConfigError for an unreadable file.
    """
    paths = [path if path == STDIN else config.base / path for path in config.results_from]
    results = load_results(paths, stdin() if STDIN in config.results_from else None)
    configured = {policy.key: policy for policy in config.policies}
    images = {key: image for key, image in results.images.items() if key not in configured}
    failed = {key: why for key, why in results.failed.items() if key not in configured}
    asking: list[Policy] = []
    judged: list[tuple[Policy, ImageRef]] = []
    for key, policy in configured.items():
        stated, asked_for = _stated(config, policy, results), wanted is None or key in wanted
        if policy.suspend:
            continue
        if stated is None:
            asking += [policy] if asked_for else []
        elif isinstance(stated, ImageRef):
            judged += [(policy, stated)] if asked_for else []
        else:
            failed[key] = stated
    images |= {policy.key: image for policy, image in judged if not _guarded(policy)}
    guarded = [(policy, image) for policy, image in judged if _guarded(policy)]
    elected = _elections(config, asking, office) | _judged(config, guarded, office)
    given = {key: results.labels.get(key, {}) for key in (*results.images, *results.failed)}
    return Resolved(
        labels=given | dict(config.aside.dropped) | {key: policy.labels for key, policy in configured.items()},
        images=images | {key: one.image for key, one in elected.items() if one.image is not None},
        failed=failed | _dropped(config) | {key: one.failure for key, one in elected.items() if one.image is None},
        suspended=frozenset(key for key, policy in configured.items() if policy.suspend),
        problems=results.problems,
        elected=elected,
    )


def _elections(config: Config, asking: list[Policy], office: Office | None) -> dict[str, Elected]:
    if not asking:
        return {}
    from gitbot.policies.elections import Elected, elect_all

    if office is not None:
        return elect_all(config, asking, office)
    failure = "its registry is not asked here; `gitbot policy resolve` asks it"
    return {policy.key: Elected(key=policy.key, failure=failure) for policy in asking}


def _guarded(policy: Policy) -> bool:
    return guards_ask(policy) or not policy.downgrades


def _judged(config: Config, stated: list[tuple[Policy, ImageRef]], office: Office | None) -> dict[str, Elected]:
    if not stated:
        return {}
    from gitbot.policies.elections import judge_all

    return judge_all(config, stated, office)


def _stated(config: Config, policy: Policy, results: Results) -> ImageRef | str | None:
    """The image that is stated for a configured policy, or why what is stated cannot be used; None: ask for it."""
    if config.aside.trouble("policies", policy.key):
        return _trouble(config, policy.key)
    name, fixed = config.image_of(policy), policy.policy.fixed
    if fixed is not None:
        return _valid(ImageRef(name, fixed.tag, fixed.digest or ""))
    given = results.images.get(policy.key)
    if given is not None and given.name != name:
        return f"the result given for it is of image {given.name!r}, and it is about {name!r}"
    return given or results.failed.get(policy.key) or config.aside.latest.get(policy.key)


def _dropped(config: Config) -> dict[str, str]:
    """The policies of manifests that cannot be made at all, and why."""
    return {key: _trouble(config, key) for key in config.aside.dropped}


def _trouble(config: Config, key: str) -> str:
    trouble = config.aside.trouble("policies", key)
    return trouble.message if trouble else "its manifest cannot be used"


def _valid(image: ImageRef) -> ImageRef | str:
    try:
        image.check()
    except GitbotError as error:
        return error.message
    return image


def elections_for(config: Config, automation: Automation, resolved: Resolved) -> Elections:  # noqa: ARG001 - by contract
    """Say what an automation sees: the policies of its namespace that its selector selects and that are not suspended."""
    hidden = {key: why for key in resolved.labels if (why := _hidden(key, automation, resolved))}
    seen = {key: one for key, one in resolved.elected.items() if key not in hidden}
    observed = {key: one.observed for key, one in seen.items() if one.observed is not None}
    return Elections(
        images={key: image for key, image in resolved.images.items() if key not in hidden},
        failed={key: why for key, why in resolved.failed.items() if key not in hidden},
        hidden=hidden,
        deciders={key: one.decider for key, one in seen.items() if one.decider is not None and one.image is not None},
        observed=observed,
        kept={key: one.last for key, one in seen.items() if one.image is None and one.last is not None},
    )


def _hidden(key: str, automation: Automation, resolved: Resolved) -> str:
    namespace = key.partition(":")[0]
    if namespace != automation.namespace:
        return f"it is in namespace {namespace}, and automation {automation.key} sees only its own namespace"
    if not matches(automation.policy_selector, resolved.labels[key]):
        labelled = "its labels do not match" if resolved.labels[key] else "it has no labels"
        return f"the policySelector of automation {automation.key} does not select it: {labelled}"
    return "it is suspended" if key in resolved.suspended else ""
