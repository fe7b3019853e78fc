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

    `labels` has all of them; each is in one of `images`, `failed` (why it elects nothing now) and `suspended`. `deciders`
    answer each marker for itself, `observed` then stands for the policy in the record of a run. `kept` is what a failed
    policy elected last. `elected` says how the elections from registries and documents went.
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
    return any(one.policy.fixed is None and not one.suspend and one.key not in latest for one in config.policies)


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
    documents through the `office` (without one they fail, saying so). Results of policies that are not configured count as
    well, with the labels their objects have. Raises ConfigError for a result file that cannot be read.
    """
    paths = [path if path == STDIN else config.base / path for path in config.results_from]
    results = load_results(paths, stdin() if STDIN in config.results_from else None)
    configured = {policy.key: policy for policy in config.policies}
    images: dict[str, ImageRef] = {key: image for key, image in results.images.items() if key not in configured}
    failed: dict[str, str] = {key: why for key, why in results.failed.items() if key not in configured}
    asking: list[Policy] = []
    for key, policy in configured.items():
        stated = _stated(config, policy, results)
        if policy.suspend:
            continue
        if stated is None:
            asking += [policy] if wanted is None or key in wanted else []
        elif isinstance(stated, ImageRef):
            images[key] = stated
        else:
            failed[key] = stated
    elected = _elections(config, asking, office)
    dropped = {key: _trouble(config, key) for key in config.aside.dropped if key not in configured}
    given = {key: results.labels.get(key, {}) for key in (*results.images, *results.failed)}
    return Resolved(
        labels=given | dict(config.aside.dropped) | {key: policy.labels for key, policy in configured.items()},
        images=images | {key: one.image for key, one in elected.items() if one.image is not None},
        failed=failed | dropped | {key: one.failure for key, one in elected.items() if one.image is None},
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


def _trouble(config: Config, key: str) -> str:
    trouble = config.aside.trouble("policies", key)
    return trouble.message if trouble else "its manifest cannot be used"


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
    seen = {key: one for key, one in resolved.elected.items() if key not in hidden}
    observed = {key: one.observed for key, one in seen.items() if one.observed is not None}
    return Elections(
        images={key: image for key, image in resolved.images.items() if key not in hidden} | observed,
        failed={key: why for key, why in resolved.failed.items() if key not in hidden},
        hidden=hidden,
        deciders={key: one.decider for key, one in seen.items() if one.decider is not None and one.image is not None},
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
