"""What the last run of one automation saw and did, and the push that it intended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from gitbot.image import ImageRef
from gitbot.state import conditions as conditions_of
from gitbot.state import stored
from gitbot.state.conditions import Condition, Conditions


class Move(NamedTuple):
    """Where a ref stands before the push ("" when it does not exist) and the commit it is to stand at."""

    expected: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A push about to happen: stored before it, it holds all that the next run needs to complete the record.

    `refs` are full refnames. The `observed_…` fields and `config_digest` are what the record says once it has landed.
    """

    run_id: str
    refs: Mapping[str, Move]
    commit: str
    branch: str
    message: str
    result: Mapping[str, Any]
    observed_policies: Mapping[str, ImageRef]
    observed_source_revision: str
    observed_refs: Mapping[str, str]
    push_branch_head: str
    config_digest: str
    created: datetime

    def landed(self, heads: Mapping[str, str]) -> bool:
        """Whether the remote, with these heads, stands where the push would have left it."""
        return all(heads.get(ref, "") == move.commit for ref, move in self.refs.items())

    def untouched(self, heads: Mapping[str, str]) -> bool:
        """Whether the remote, with these heads, stands as before the push: nothing of it arrived."""
        return all(heads.get(ref, "") == move.expected for ref, move in self.refs.items())

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "runID": self.run_id,
            "refs": {ref: {"expected": move.expected, "commit": move.commit} for ref, move in self.refs.items()},
            "commit": self.commit,
            "branch": self.branch,
            "message": self.message,
            "result": dict(self.result),
            "observedPolicies": _images_as_dict(self.observed_policies),
            "observedSourceRevision": self.observed_source_revision,
            "observedRefs": dict(self.observed_refs),
            "pushBranchHead": self.push_branch_head,
            "configDigest": self.config_digest,
            "created": stored.stamp(self.created),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Intent:
        """Read the JSON form back; raises stored.UnreadableError."""
        refs = stored.mapping(document, "refs")
        moves = {ref: stored.texts(refs, ref) for ref in refs}
        return cls(
            run_id=stored.text(document, "runID"),
            refs={ref: Move(move.get("expected", ""), move.get("commit", "")) for ref, move in moves.items()},
            commit=stored.text(document, "commit"),
            branch=stored.text(document, "branch"),
            message=stored.text(document, "message"),
            result=stored.mapping(document, "result"),
            observed_policies=_images(document, "observedPolicies"),
            observed_source_revision=stored.text(document, "observedSourceRevision"),
            observed_refs=stored.texts(document, "observedRefs"),
            push_branch_head=stored.text(document, "pushBranchHead"),
            config_digest=stored.text(document, "configDigest"),
            created=stored.moment(document, "created"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The status of one automation, with Flux's field names in JSON. `Record(namespace=, name=)` is one never run.

    `observed_policies`: policy name to the image it had elected. `observed_refs`: full refname to its commit, "" when
    the ref did not exist. `observed_source_revision`: `main@sha1:…`. `intent`: a push begun and not recorded as done.
    """

    namespace: str
    name: str
    observed_policies: Mapping[str, ImageRef] = field(default_factory=dict)
    observed_source_revision: str = ""
    observed_refs: Mapping[str, str] = field(default_factory=dict)
    push_branch_head: str = ""
    config_digest: str = ""
    last_push_commit: str = ""
    last_push_time: datetime | None = None
    last_automation_run_time: datetime | None = None
    conditions: Conditions = ()
    intent: Intent | None = None

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    def reasons_to_run(
        self, *, policies: Mapping[str, ImageRef], heads: Mapping[str, str], config_digest: str
    ) -> tuple[str, ...]:
        """Why a run may not be skipped, in words; empty when nothing has moved since the last one.

        `heads` holds every ref that the run would touch, "" for one that does not exist.
        """
        found = []
        if not self.observed_source_revision:
            found.append("no earlier run is recorded")
        if self.intent is not None:
            found.append("an earlier run was interrupted while it pushed")
        ready = conditions_of.find(self.conditions, "Ready")
        if ready is not None and ready.status == "False":
            found.append("the last run failed")
        if dict(policies) != dict(self.observed_policies):
            found.append("the elected images have changed")
        moved = sorted(ref for ref, head in heads.items() if self.observed_refs.get(ref) != head)
        found += [f"{ref} has moved" for ref in moved]
        if config_digest != self.config_digest:
            found.append("the configuration has changed")
        return tuple(found)

    def completed(self, intent: Intent, *, now: datetime) -> Record:
        """The record after the push of `intent` has landed, observed at `now`."""
        return replace(
            self,
            observed_policies=intent.observed_policies,
            observed_source_revision=intent.observed_source_revision,
            observed_refs=intent.observed_refs,
            push_branch_head=intent.push_branch_head,
            config_digest=intent.config_digest,
            last_push_commit=intent.commit,
            last_push_time=now,
            conditions=conditions_of.succeeded(self.conditions, now=now),
            intent=None,
        )

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, with the names of Flux's status fields; the intent is stored and shown apart."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "observedPolicies": _images_as_dict(self.observed_policies),
            "observedSourceRevision": self.observed_source_revision,
            "observedRefs": dict(self.observed_refs),
            "pushBranchHead": self.push_branch_head,
            "configDigest": self.config_digest,
            "lastPushCommit": self.last_push_commit,
            "lastPushTime": stored.optional_stamp(self.last_push_time),
            "lastAutomationRunTime": stored.optional_stamp(self.last_automation_run_time),
            "conditions": [condition.as_dict() for condition in self.conditions],
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Record:
        """Read the JSON form back; raises stored.UnreadableError."""
        return cls(
            namespace=stored.text(document, "namespace"),
            name=stored.text(document, "name"),
            observed_policies=_images(document, "observedPolicies"),
            observed_source_revision=stored.text(document, "observedSourceRevision"),
            observed_refs=stored.texts(document, "observedRefs"),
            push_branch_head=stored.text(document, "pushBranchHead"),
            config_digest=stored.text(document, "configDigest"),
            last_push_commit=stored.text(document, "lastPushCommit"),
            last_push_time=stored.optional_moment(document, "lastPushTime"),
            last_automation_run_time=stored.optional_moment(document, "lastAutomationRunTime"),
            conditions=tuple(Condition.from_dict(item) for item in stored.objects(document, "conditions")),
        )


def _images_as_dict(images: Mapping[str, ImageRef]) -> dict[str, dict[str, str]]:
    return {
        policy: {"name": image.name, "tag": image.tag} | ({"digest": image.digest} if image.digest else {})
        for policy, image in images.items()
    }


def _images(document: Mapping[str, Any], key: str) -> dict[str, ImageRef]:
    found = stored.mapping(document, key)
    parts = {policy: stored.texts(found, policy) for policy in found}
    return {
        policy: ImageRef(part.get("name", ""), part.get("tag", ""), part.get("digest", ""))
        for policy, part in parts.items()
    }
