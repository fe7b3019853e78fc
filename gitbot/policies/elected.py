"""The election of one policy by the tags of its registry: order, guards, digest; a failure keeps what was elected last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from gitbot.config.policy import Policy
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.policies.chosen import older_of, tag_policy_of
from gitbot.policies.decision import Decider
from gitbot.policies.elect import Explanation, elect
from gitbot.policies.guards import Seen, Verdict, Walk, holds_platforms, old_enough, walk
from gitbot.policies.guards_downgrade import NoDowngrade
from gitbot.policies.memory import LastElected, keep_elected, last_elected
from gitbot.policies.office import Office
from gitbot.policies.sources import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class Elected:
    """How the election of one policy went.

    `image` is elected now, `failure` says why nothing is, `last` is what was elected before. A `decider` answers each marker
    for itself. `observed` stands for the policy in the record of a run, where that is not the image alone. `explanation` and
    `walk` say how the tags fared.
    """

    key: str
    image: ImageRef | None = None
    failure: str = ""
    last: ImageRef | None = None
    decider: Decider | None = None
    observed: ImageRef | None = None
    explanation: Explanation | None = None
    walk: Walk | None = None
    warnings: tuple[str, ...] = ()


def elect_by_order(policy: Policy, sourced: Sourced, office: Office) -> Elected:
    """Elect the image of a `semver`, `alphabetical` or `numerical` policy; never raises for what the registry does."""
    before = last_elected(office.memory, policy.key)
    last = before if before is not None and before.image.name == sourced.source.image else None
    kept = last.image if last else None
    try:
        return _elect(policy, sourced, office, last)
    except GitbotError as error:
        return Elected(key=policy.key, failure=error.message, last=kept)


def _elect(policy: Policy, sourced: Sourced, office: Office, last: LastElected | None) -> Elected:
    kept = last.image if last else None
    scanned = office.scans[sourced.source]
    if scanned.error is not None:
        raise scanned.error
    explanation = elect(scanned.tags, tag_policy_of(policy, sourced.exclusions))
    if explanation.winner is None:
        return Elected(key=policy.key, failure=explanation.failure, last=kept, explanation=explanation)
    ranked = [candidate.tag for candidate in explanation.ranked]
    walked = walk(ranked, lambda tag: verdicts(policy, sourced, office, tag), last=kept.tag if kept else None)
    if walked.winner is None:
        return Elected(key=policy.key, failure=walked.failure, last=kept, explanation=explanation, walk=walked)
    chosen = last if walked.kept and last else reflected(policy, sourced, office, walked.winner, last)
    if chosen != last:
        keep_elected(office.memory, policy.key, chosen, office.now)
    return Elected(
        key=policy.key,
        image=chosen.image,
        last=kept,
        decider=None if policy.downgrades else NoDowngrade(image=chosen.image, older=older_of(policy)),
        explanation=explanation,
        walk=walked,
        warnings=explanation.warnings,
    )


def objection(policy: Policy, sourced: Sourced, office: Office, image: ImageRef) -> str:
    """Why a guard refuses an image that was found without its registry, "" when none does; raises GitbotError."""
    judged = verdicts(policy, sourced, office, image.tag, image.digest)
    return next((f"{verdict.guard}: {verdict.reason}" for verdict in judged if not verdict), "")


def verdicts(policy: Policy, sourced: Sourced, office: Office, tag: str, digest: str = "") -> Sequence[Verdict]:
    """What the guards of a policy say of one tag; asks the registry only as far as a guard needs it.

    A `digest` that is written beside the tag is what is judged, whatever the tag stands for by now.
    """
    found: list[Verdict] = []
    if policy.min_age is not None:
        digest = digest or office.digest(sourced.source, tag)
        ledger = office.sighting(sourced.source, tag, digest)
        seen = Seen(sourced.source.name, tag, digest)
        found.append(old_enough(seen, policy.min_age, ledger, office.now.timestamp()))
    if policy.platforms and all(found):
        found.append(holds_platforms(policy.platforms, office.platforms(sourced.source, digest or tag)))
    return found


def reflected(policy: Policy, sourced: Sourced, office: Office, tag: str, last: LastElected | None) -> LastElected:
    """The image with its digest, as `digestReflectionPolicy` says.

    Raises GitbotError when the digest cannot be had: then the tag is not written either (as in Flux).
    """
    image = ImageRef(sourced.source.image, tag)
    wanted = policy.digest_reflection_policy
    if wanted == "Never":
        return LastElected(image)
    same = last is not None and (last.image.name, last.image.tag) == (image.name, image.tag) and last.image.digest
    if same and last is not None and (wanted == "IfNotPresent" or _recent(policy, last, office)):
        return last
    return LastElected(ImageRef(image.name, tag, office.digest(sourced.source, tag)), office.now)


def _recent(policy: Policy, last: LastElected, office: Office) -> bool:
    """Whether a digest was looked up within the policy's interval."""
    return (
        not office.force
        and last.digest_at is not None
        and office.now - last.digest_at < timedelta(seconds=policy.interval or 0)
    )
