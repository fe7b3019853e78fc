"""From what the user wrote of a policy to the values the deciding modules take."""

from __future__ import annotations

from gitbot.config.kinds import VersionMetadata
from gitbot.config.policy import Policy
from gitbot.policies import guards_downgrade, leveled, version_metadata
from gitbot.policies.alphabetical import Alphabetical
from gitbot.policies.candidates import Ordering
from gitbot.policies.elect import TagPolicy
from gitbot.policies.filter import DEFAULT_EXCLUSION, TagFilter
from gitbot.policies.guards_downgrade import Older
from gitbot.policies.numerical import Numerical
from gitbot.policies.pattern import compile_pattern
from gitbot.policies.ranges import parse_range
from gitbot.policies.semver import Semver


def leveled_options(policy: Policy) -> leveled.Options:
    """The options of a `leveled` policy; raises `InvalidRangeError`."""
    spec = policy.policy.leveled
    if spec is None:
        raise ValueError(f"{policy.key} is no leveled policy")
    return leveled.Options(
        emit=spec.emit,
        automate=spec.automate,
        range=None if spec.range is None else parse_range(spec.range),
        separators=spec.separators,
        on_unparseable=spec.on_unparseable,
        allow_downgrade=policy.downgrades,
    )


def metadata_options(spec: VersionMetadata) -> version_metadata.Options:
    """The options of a `versionMetadata` policy that decide; where and when it is fetched stays behind."""
    return version_metadata.Options(
        tool=spec.tool,
        tag_format=spec.tag_format,
        newer_than_latest=spec.newer_than_latest,
        known_tags=spec.known_tags,
        fallback_tag=spec.fallback_tag,
        on_unavailable=spec.on_unavailable,
        on_fallback=spec.on_fallback,
    )


def tag_policy_of(policy: Policy, exclusions: tuple[str, ...] = DEFAULT_EXCLUSION) -> TagPolicy:
    """How a `semver`, `alphabetical` or `numerical` policy elects; raises `InvalidRangeError` and `InvalidPatternError`."""
    choice, filtered = policy.policy, policy.filter_tags
    ordering: Ordering
    if choice.semver is not None:
        ordering = Semver.of(choice.semver.range)
    elif choice.alphabetical is not None:
        ordering = Alphabetical(choice.alphabetical.order)
    elif choice.numerical is not None:
        ordering = Numerical(choice.numerical.order)
    else:
        raise ValueError(f"{policy.key} has no ordering")
    tags = TagFilter.of(filtered.pattern, filtered.extract) if filtered is not None else None
    return TagPolicy(ordering=ordering, filter=tags, exclude=tuple(map(compile_pattern, exclusions)))


def older_of(policy: Policy) -> Older:
    """How the guard against downgrades compares two tags of this policy; raises `InvalidPatternError`.

    A `fixed` tag and its predecessor are compared as versions.
    """
    choice, filtered = policy.policy, policy.filter_tags
    tags = TagFilter.of(filtered.pattern, filtered.extract) if filtered is not None and filtered.pattern else None
    if choice.numerical is not None:
        return guards_downgrade.by_number(choice.numerical.order, tags)
    if choice.alphabetical is not None:
        return guards_downgrade.by_bytes(choice.alphabetical.order, tags)
    if choice.version_metadata is not None:
        return guards_downgrade.by_minor
    if choice.leveled is not None:
        return guards_downgrade.by_level
    return guards_downgrade.by_version(tags)
