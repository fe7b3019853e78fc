"""One attempt of one automation: from the checkout to the server's answer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gitbot.automation.job import Job, Tools
from gitbot.automation.survey import survey
from gitbot.errors import GitbotError, Problem, Unavailable
from gitbot.message.context import MessageContext
from gitbot.message.render import commit_message
from gitbot.plan.plan import Plan, plan
from gitbot.plan.result import below, older_result
from gitbot.publish.base import Base, Us, choose, only_ours, same_edits
from gitbot.publish.push import Moved, Target, landed
from gitbot.source.checkout import Checkout
from gitbot.source.session import Session
from gitbot.state.record import Intent, Move, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An attempt that came to an end: what was found and, when something was pushed (or would be), the intent of it."""

    checkout: Checkout
    planned: Plan
    problems: tuple[Problem, ...]
    base: Base
    message: str = ""
    intent: Intent | None = None
    note: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Everything one attempt works with."""

    job: Job
    session: Session
    tools: Tools
    record: Record
    halted: Callable[[], str]
    on_top: bool = False

    def take(self, checkout: Checkout) -> Done | Moved:
        """Take the automation from its fetched checkout to the server's answer, or find that a target moved meanwhile."""
        base = self.base(checkout)
        surveyed = survey(self.session, base.commit, self.job.scope, self.job.elections)
        planned = plan(surveyed.scans, self.job.elections)
        problems = tuple(sorted({*surveyed.problems, *planned.problems}))
        found = Done(checkout=checkout, planned=planned, problems=problems, base=base)
        if not planned.writes:
            return found
        if base.refreshing and same_edits(self.session, base, dict(planned.writes)):
            return replace(
                found,
                planned=Plan(problems=planned.problems, held=planned.held),
                note="the push branch has these edits",
            )
        return self.publish(replace(found, message=self.message(checkout, base, planned, problems)))

    def base(self, checkout: Checkout) -> Base:
        """Where the new commit stands and goes; raises GitbotError when nothing says which branch to push."""
        branch = self.job.push_branch or checkout.branch
        if not branch:
            raise GitbotError(
                "no branch to push to: a tag or commit is checked out",
                hint="name one in git.push.branch",
                reason="InvalidSourceConfiguration",
            )
        return choose(self.session, checkout, branch, self.us(), on_top=self.on_top)

    def us(self) -> Us:
        """How our own commits are told."""
        _, committer = self.job.identities(self.tools.clock())
        return Us(committer.name, committer.email, self.record.push_branch_head, alone=not self.job.shared_branch)

    def message(self, checkout: Checkout, base: Base, planned: Plan, problems: tuple[Problem, ...]) -> str:
        """The commit message."""
        template = self.job.template()
        paths = self.job.automation.update.path
        result = below(planned.result, paths[0]) if template.engine == "go" and len(paths) == 1 else planned.result
        context = MessageContext(
            automation=self.job.key,
            changed=result,
            updated=older_result(result, self.job.elections.images),
            values=self.job.automation.git.commit.message_template_values,
            url=self.job.access.url,
            branch=base.ref.removeprefix("refs/heads/"),
            revision=checkout.revision,
            held=planned.held,
            problems=problems,
        )
        return commit_message(template.render(context), name=template.name)

    def publish(self, found: Done) -> Done | Moved:
        """Commit, store the intent, push."""
        commit = self.commit(found)
        targets = self.targets(found)
        if why := self.halted():
            raise Unavailable(why, hint="run again", reason="Interrupted")
        done = replace(found, intent=self.intent(found, commit, targets))
        if self.tools.publisher.dry:
            done = replace(done, diff=self.session.bare.diff(found.base.commit, commit))
        else:
            self.tools.store.set_intent(self.record.namespace, self.record.name, done.intent)
        answer = self.push(commit, targets)
        if isinstance(answer, Moved):
            return answer
        for target in targets:
            self.session.learned(target.ref, commit)
        return done

    def commit(self, found: Done) -> str:
        """Make the commit in the cache."""
        author, committer = self.job.identities(self.tools.clock())
        writes = found.planned.writes
        modes = self.session.bare.modes(found.base.commit, list(writes))
        return self.session.bare.commit(found.base.commit, writes, modes, found.message, author, committer)

    def targets(self, found: Done) -> list[Target]:
        """The push branch, leased; and every refspec target, leased where it is absent or holds nothing but ours."""
        base = found.base
        targets = [Target(base.ref, base.expected)]
        others = [ref for ref in dict.fromkeys(self.job.refspec_targets) if ref != base.ref]
        for ref, head in self.session.observe(others).items():
            targets.append(Target(ref, head, lease=not head or self.may_move(ref, head, found)))
        return targets

    def may_move(self, ref: str, head: str, found: Done) -> bool:
        """Whether a ref that stands at what we pushed last may be moved back: a person's commit may lie below that."""
        if head != self.record.last_push_commit:
            return False
        if found.base.refreshing and head == found.base.expected:
            return True  # found to be ours alone when the base was chosen
        return self.session.bare.contains(found.base.commit, head) or only_ours(
            self.session, found.checkout, ref, head, self.us()
        )

    def intent(self, found: Done, commit: str, targets: Sequence[Target]) -> Intent:
        """What the next run needs to complete the record, should this one die between the push and the record."""
        same_branch = found.base.ref == found.checkout.ref
        revision = replace(found.checkout, commit=commit).revision if same_branch else found.checkout.revision
        observed = {found.checkout.ref: found.checkout.commit} if found.checkout.ref else {}
        return Intent(
            run_id=uuid.uuid4().hex,
            refs={target.ref: Move(target.expected, commit) for target in targets},
            commit=commit,
            branch=found.base.ref.removeprefix("refs/heads/"),
            message=found.message,
            result=found.planned.result.as_dict(),
            observed_policies=self.job.observed,
            observed_source_revision=revision,
            observed_refs=observed | {target.ref: commit for target in targets},
            push_branch_head=commit,
            config_digest=self.job.config_digest,
            created=self.tools.clock(),
        )

    def push(self, commit: str, targets: Sequence[Target]) -> Any:
        """Push; when the connection failed, look whether the commit landed all the same."""
        options: Mapping[str, str] = self.job.automation.git.push.options
        try:
            return self.tools.publisher.publish(self.session, commit, targets, options)
        except Unavailable:
            self.session.forget()
            if landed(self.session.observe([target.ref for target in targets]), commit, targets):
                return None
            raise
