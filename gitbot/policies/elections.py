"""All elections of a run that ask somebody: scans and documents first, each once, then every policy side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gitbot.config.kinds import VersionMetadata
from gitbot.config.models import Config
from gitbot.config.policy import Policy
from gitbot.config.references import reveal
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.policies.elected import Elected, elect_by_order
from gitbot.policies.leveled_election import elect_leveled, needs_registry
from gitbot.policies.metadata_election import elect_by_metadata, look_all_up
from gitbot.policies.office import Office
from gitbot.policies.scanning import NEVER, due, scan_all
from gitbot.policies.sources import Sourced, sourced
from gitbot.policies.stated_election import elect_stated

__all__ = ["Elected", "elect_all", "judge_all"]
_AT_ONCE = 8


def elect_all(config: Config, policies: Sequence[Policy], office: Office) -> dict[str, Elected]:
    """Elect the image of each policy; one that fails is a value that says so, and the others go on."""
    found: dict[str, Elected] = {}
    sources: dict[str, Sourced] = {}
    for policy in policies:
        try:
            sources[policy.key] = sourced(config, policy)
        except GitbotError as error:
            found[policy.key] = Elected(key=policy.key, failure=error.message)
    asking = [policy for policy in policies if policy.key in sources]
    scanned = [policy for policy in asking if _scans(policy)]
    office.scans = scan_all(due((sources[one.key].source, _interval(sources[one.key])) for one in scanned), office)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gitbot-elect") as pool:
        elect = _elector(config, asking, sources, office)
        found |= {elected.key: elected for elected in pool.map(elect, asking)}
    return found


def judge_all(config: Config, stated: Sequence[tuple[Policy, ImageRef]], office: Office | None) -> dict[str, Elected]:
    """Let the guards judge the images that are stated; one that fails is a value that says so, and the others go on."""

    def judge(one: tuple[Policy, ImageRef]) -> Elected:
        policy, image = one
        try:
            return elect_stated(policy, image, sourced(config, policy), office)
        except GitbotError as error:
            return Elected(key=policy.key, failure=error.message)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="gitbot-judge") as pool:
        return {elected.key: elected for elected in pool.map(judge, stated)}


def _interval(sourced: Sourced) -> float:
    """How often a source is asked, in seconds; one whose entry is suspended is not."""
    return NEVER if sourced.entry is not None and sourced.entry.suspend else sourced.interval_s


def _scans(policy: Policy) -> bool:
    """Whether a policy needs the tags of its registry."""
    return policy.policy.version_metadata is None and (policy.policy.leveled is None or needs_registry(policy))


def _elector(
    config: Config, policies: Sequence[Policy], sources: dict[str, Sourced], office: Office
) -> Callable[[Policy], Elected]:
    specs = [(one, config.image_of(one), one.policy.version_metadata) for one in policies]
    looked = look_all_up([(one, image, spec) for one, image, spec in specs if spec is not None], office)

    def elect(policy: Policy) -> Elected:
        try:
            if policy.policy.version_metadata is not None:
                wanted = (policy, sources[policy.key], policy.policy.version_metadata)
                return elect_by_metadata(wanted, looked, office, config.base, lambda spec: _version(config, spec))
            if policy.policy.leveled is not None:
                return elect_leveled(policy, sources[policy.key], office, config.base)
            return elect_by_order(policy, sources[policy.key], office)
        except GitbotError as error:
            return Elected(key=policy.key, failure=error.message)

    return elect


def _version(config: Config, spec: VersionMetadata) -> str:
    """The version to look up, as it is written or found; raises GitbotError when its variable or file is missing."""
    if spec.version_from is None:
        return spec.version or ""
    return reveal(spec.version_from, config.base).reveal()
