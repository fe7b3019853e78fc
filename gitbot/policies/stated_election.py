"""The election of a policy whose image is stated, by the user or by a result file: the guards judge it all the same."""

from __future__ import annotations

from gitbot.config.policy import Policy
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.policies.chosen import older_of
from gitbot.policies.elected import Elected, objection
from gitbot.policies.guards_downgrade import NoDowngrade
from gitbot.policies.memory import LastElected, keep_elected, last_elected
from gitbot.policies.office import Office
from gitbot.policies.sources import Sourced


def elect_stated(policy: Policy, image: ImageRef, sourced: Sourced, office: Office | None) -> Elected:
    """Elect the image that is stated, unless a guard refuses it; never raises for what the registry does.

    Without an `office` no guard can ask: then only `allowDowngrade`, which asks nobody, is honoured, and the others refuse.
    """
    if policy.min_age is None and not policy.platforms:
        return _elected(policy, image)
    if office is None:
        return Elected(key=policy.key, failure="its guards ask its registry, and that is not asked here")
    before = last_elected(office.memory, policy.key)
    last = before.image if before is not None and before.image.name == image.name else None
    try:
        refused = objection(policy, sourced, office, image)
    except GitbotError as error:
        return Elected(key=policy.key, failure=error.message, last=last)
    if refused:
        return Elected(key=policy.key, failure=f"the guards do not allow {image}: {refused}", last=last)
    if image != last:
        keep_elected(office.memory, policy.key, LastElected(image), office.now)
    return _elected(policy, image)


def _elected(policy: Policy, image: ImageRef) -> Elected:
    decider = None if policy.downgrades else NoDowngrade(image=image, older=older_of(policy))
    return Elected(key=policy.key, image=image, decider=decider)
