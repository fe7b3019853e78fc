"""The election of a `leveled` policy: its tags ranked once, its facts looked up when a marker's answer depends on them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
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
from gitbot.policies.office import Office
from gitbot.policies.sources import Sourced

VERSION_LABEL = "org.opencontainers.image.version"


def needs_registry(policy: Policy) -> bool:
    """Whether the tags of a leveled policy come from its registry."""
    spec = policy.policy.leveled
    return spec is not None and spec.tags is None and spec.tags_file is None


def elect_leveled(policy: Policy, sourced: Sourced, office: Office, base: Path) -> Elected:
    """Rank the tags of a leveled policy; the answer is given marker by marker. Never raises for what is found."""
    try:
        ranking = rank(_tags(policy, sourced, office, base), leveled_options(policy))
    except GitbotError as error:
        return Elected(key=policy.key, failure=error.message)
    explanation = _explained(ranking)
    asking = Asking(policy=policy, sourced=sourced, office=office, ranking=ranking)
    best = asking.decide(None)
    if not isinstance(best, Apply):
        return Elected(key=policy.key, failure=best.reason, explanation=explanation)
    observed = ImageRef(best.image.name, best.image.tag, asking.fingerprint())
    return Elected(key=policy.key, image=best.image, decider=asking, observed=observed, explanation=explanation)


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
    _digests: dict[str, str] = field(default_factory=dict)
    _labels: dict[str, str] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)

    def decide(self, current: Current | None) -> Decision:
        """Answer a marker; a fact that cannot be had makes the policy not ready for it."""
        try:
            for _ in range(MAX_EXAMINED):
                missing = self._leveled().asks(current)
                if not missing:
                    break
                for tag in missing:
                    self._look_up(tag)
        except GitbotError as error:
            return NotReady(error.message)
        return self._leveled().decide(current)

    def fingerprint(self) -> str:
        """`sha256:…` of everything the answers may depend on."""
        known = [self.ranking.fingerprint, *(f"{tag}@{digest}" for tag, digest in sorted(self._digests.items()))]
        known += [f"{tag} {why}" for tag, why in sorted(self._refused.items())]
        return f"sha256:{hashlib.sha256(chr(10).join(known).encode()).hexdigest()}"

    def _leveled(self) -> Leveled:
        spec = self.policy.policy.leveled
        facts = Facts(
            digests=None if self.policy.digest_reflection_policy == "Never" else self._digests,
            labels=self._labels if spec is not None and spec.check_version_label else None,
            refused=self._refused if self.policy.min_age is not None or self.policy.platforms else None,
        )
        return Leveled(
            image=self.sourced.source.image, options=leveled_options(self.policy), ranking=self.ranking, facts=facts
        )

    def _look_up(self, tag: str) -> None:
        """Every fact of a tag that is of interest."""
        source, spec = self.sourced.source, self.policy.policy.leveled
        if self.policy.digest_reflection_policy != "Never":
            self._digests[tag] = self.office.digest(source, tag)
        if spec is not None and spec.check_version_label:
            self._labels[tag] = self.office.labels(source, tag).get(VERSION_LABEL, "")
        if self.policy.min_age is not None or self.policy.platforms:
            judged = verdicts(self.policy, self.sourced, self.office, tag)
            self._refused[tag] = next((verdict.reason for verdict in judged if not verdict), "")
