"""The election of a `leveled` policy: its tags ranked once, its facts looked up when a marker's answer depends on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitbot.config.policy import Policy
from gitbot.errors import GitbotError
from gitbot.image import ImageRef
from gitbot.policies.candidates import Candidate
from gitbot.policies.chosen import leveled_options
from gitbot.policies.decision import Apply, Current, Decision, NotReady
from gitbot.policies.elect import Explanation
from gitbot.policies.elected import Elected, verdicts
from gitbot.policies.guards import MAX_EXAMINED
from gitbot.policies.leveled import Facts, Leveled, Ranking, rank
from gitbot.policies.memory import LastElected, asked_tags, keep_asked_tags, keep_elected, last_elected
from gitbot.policies.office import Office
from gitbot.policies.sources import Sourced

VERSION_LABEL = "org.opencontainers.image.version"


def needs_registry(policy: Policy) -> bool:
    """Whether the tags of a leveled policy come from its registry."""
    spec = policy.policy.leveled
    return spec is not None and spec.tags is None and spec.tags_file is None


def elect_leveled(policy: Policy, sourced: Sourced, office: Office, base: Path) -> Elected:
    """Rank the tags of a leveled policy; the answer is given marker by marker. Never raises for what is found."""
    before = last_elected(office.memory, policy.key)
    last = before.image if before is not None and before.image.name == sourced.source.image else None
    try:
        ranking = rank(_tags(policy, sourced, office, base), leveled_options(policy))
    except GitbotError as error:
        return Elected(key=policy.key, failure=error.message, last=last)
    explanation = _explained(ranking)
    asking = Asking(policy=policy, sourced=sourced, office=office, ranking=ranking)
    best = asking.decide(None)
    if not isinstance(best, Apply):
        return Elected(key=policy.key, failure=best.reason, last=last, explanation=explanation)
    if best.image != last:
        keep_elected(office.memory, policy.key, LastElected(best.image), office.now)
    observed = ImageRef(best.image.name, best.image.tag, _fingerprint(asking))
    return Elected(key=policy.key, image=best.image, decider=asking, observed=observed, explanation=explanation)


def _fingerprint(asking: Asking) -> str:
    """`sha256:…` of all that the answers may depend on: the candidates, and the facts of those that markers turned on last.

    A tag that grew old enough, or stands for another digest, thus starts a full run; what is looked up here is not asked
    for again when a marker wants it.
    """
    again = replace(asking, digests=dict(asking.digests), labels=dict(asking.labels), refused=dict(asking.refused))
    lost = []
    there = {tag.text for tag in asking.ranking.ranked}
    for tag in there.intersection(asked_tags(asking.office.memory, asking.policy.key)):
        try:
            again.look_up(tag)
        except GitbotError:
            lost.append(tag)
    known = [
        asking.ranking.fingerprint,
        *(f"{tag}@{digest}" for tag, digest in sorted(again.digests.items())),
        *(f"{tag} is {label}" for tag, label in sorted(again.labels.items())),
        # Whether, and not why: the reason tells an age that is another one each time.
        *(f"{tag} refused {bool(why)}" for tag, why in sorted(again.refused.items())),
        *(f"{tag} unknown" for tag in sorted(lost)),
    ]
    return f"sha256:{hashlib.sha256(chr(10).join(known).encode()).hexdigest()}"


def _tags(policy: Policy, sourced: Sourced, office: Office, base: Path) -> tuple[str, ...]:
    spec = policy.policy.leveled
    if spec is not None and spec.tags is not None:
        return spec.tags
    if spec is not None and spec.tags_file is not None:
        return _lines(base / spec.tags_file)
    scanned = office.scans[sourced.source]
    if scanned.error is not None:
        raise scanned.error
    return scanned.tags


def _lines(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GitbotError(f"the tags file {path} cannot be read: {error}") from error
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _explained(ranking: Ranking) -> Explanation:
    ranked = tuple(Candidate(tag.text, tag.text) for tag in ranking.ranked)
    return Explanation(
        winner=ranked[0].tag if ranked else None,
        ranked=ranked,
        dropped=ranking.dropped,
        failure="" if ranked else "no tag is of the level that is written, and in the range",
    )


@dataclass(slots=True, kw_only=True)
class Asking:
    """A leveled policy that looks a tag's digest, label and guards up when the answer to a marker turns on them."""

    policy: Policy
    sourced: Sourced
    office: Office
    ranking: Ranking
    digests: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def decide(self, current: Current | None) -> Decision:
        """Answer a marker; a fact that cannot be had makes the policy not ready for it."""
        try:
            for _ in range(MAX_EXAMINED):
                missing = self._leveled().asks(current)
                if not missing:
                    break
                if current is not None:
                    self._remember(missing)
                for tag in missing:
                    self.look_up(tag)
        except GitbotError as error:
            return NotReady(error.message)
        return self._leveled().decide(current)

    def _leveled(self) -> Leveled:
        spec = self.policy.policy.leveled
        facts = Facts(
            digests=None if self.policy.digest_reflection_policy == "Never" else self.digests,
            labels=self.labels if spec is not None and spec.check_version_label else None,
            refused=self.refused if self.policy.min_age is not None or self.policy.platforms else None,
        )
        return Leveled(
            image=self.sourced.source.image, options=leveled_options(self.policy), ranking=self.ranking, facts=facts
        )

    def _remember(self, tags: Iterable[str]) -> None:
        """Keep which tags the answers turned on: the next run looks at them first."""
        self._asked |= set(tags)
        keep_asked_tags(self.office.memory, self.policy.key, self._asked, self.office.now)

    def look_up(self, tag: str) -> None:
        """Every fact of a tag that is of interest."""
        source, spec = self.sourced.source, self.policy.policy.leveled
        if self.policy.digest_reflection_policy != "Never":
            self.digests[tag] = self.office.digest(source, tag)
        if spec is not None and spec.check_version_label:
            self.labels[tag] = self.office.labels(source, tag).get(VERSION_LABEL, "")
        if self.policy.min_age is not None or self.policy.platforms:
            judged = verdicts(self.policy, self.sourced, self.office, tag)
            self.refused[tag] = next((verdict.reason for verdict in judged if not verdict), "")
