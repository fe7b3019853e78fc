"""The run of one automation: skip when nothing has moved, repeat while the branch moves under us, record what happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gitbot.automation import records
from gitbot.automation.job import Job, Tools
from gitbot.automation.outcome import Outcome
from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.git.failures import BrokenCacheError
from gitbot.source import checkout as source
from gitbot.source.checkout import Checkout
from gitbot.source.session import Session, full_branch
from gitbot.state.record import Record

if TYPE_CHECKING:
    from gitbot.automation.attempt import Done
    from gitbot.publish.push import Moved

_STUCK = 3  # answers "it moved" about refs that have not moved: the server means something else


def run(job: Job, session: Session, tools: Tools) -> Outcome:
    """Run one automation and record it; raises BrokenCacheError only, every other failure is an outcome."""
    early = before_the_source(job, tools)
    if early is not None:
        return early
    if tools.publisher.dry:
        return _One(job=job, session=session, tools=tools, started=tools.clock(), held=lambda: True).run()
    with tools.store.lease(job.automation.namespace, job.automation.name) as lease:
        if not lease:
            holder = f" ({lease.holder})" if lease.holder else ""
            return records.outcome_of(job, "already-running", note=f"another run holds the lease{holder}")
        return _One(job=job, session=session, tools=tools, started=tools.clock(), held=lease.still_held).run()


def before_the_source(job: Job, tools: Tools, error: GitbotError | None = None) -> Outcome | None:
    """The outcome of an automation that never reaches its repository: suspended, stalled, or `error` when it cannot open."""
    if job.automation.suspend:
        return records.outcome_of(job, "suspended", note="suspended by the configuration")
    if job.stalled:
        error = GitbotError(job.stalled, reason="InvalidSourceConfiguration")
    error = job.broken or error
    if error is None or tools.publisher.dry:
        return records.outcome_of(job, "failed", error=error) if error else None
    with tools.store.lease(job.automation.namespace, job.automation.name) as lease:
        # A run that is working owns the record: its intent is not ours to clear.
        return (
            records.failed(job, tools, tools.clock(), error)
            if lease
            else records.outcome_of(job, "failed", error=error)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _One:
    """One run of one automation, holding its lease."""

    job: Job
    session: Session
    tools: Tools
    started: datetime
    held: Callable[[], bool]

    def run(self) -> Outcome:
        record, warnings = self.tools.store.get(self.job.automation.namespace, self.job.automation.name)
        try:
            outcome = self.work(record)
        except BrokenCacheError:
            raise
        except GitbotError as error:
            outcome = records.failed(self.job, self.tools, self.started, error)
        return replace(outcome, problems=(*warnings, *outcome.problems))

    def work(self, record: Record) -> Outcome:
        """Find the source, finish what an earlier run began, skip or attempt, record."""
        checkout = source.find(self.session, self.job.ref)
        heads = self.heads(checkout)
        record = records.settle(record, heads, self.session, self.tools)
        reasons = record.reasons_to_run(policies=self.job.observed, heads=heads, config_digest=self.job.config_digest)
        if not reasons and not self.tools.force and not self.tools.publisher.dry:
            return records.skipped(self.job, self.tools, record, self.started)
        checkout = self.prepared(checkout, template=record.config_digest != self.job.config_digest)
        done, record = self.repeat(record, checkout)
        if self.tools.publisher.dry:
            return records.planned(self.job, done)
        return records.finished(self.job, self.tools, record, self.started, done, self.heads(done.checkout))

    def prepared(self, checkout: Checkout, *, template: bool) -> Checkout:
        """The checkout, fetched; while git does that, what the rest of the run needs is imported.

        With `template` (the configuration is new) the message template is tried too: a broken one is said now, and not when
        there is something to commit.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="gitbot-prepare") as aside:
            ready = aside.submit(self.ready_the_rest, template=template)
            fetched = source.bring(self.session, checkout)
            ready.result()
        return fetched

    def ready_the_rest(self, *, template: bool) -> None:
        """Import what an attempt needs, and try the template."""
        import gitbot.automation.attempt  # noqa: F401 - half of the start-up time of a run that has something to do

        if template:
            self.job.template()

    def heads(self, checkout: Checkout) -> dict[str, str]:
        """Every ref this run would touch and where the server has it.

        A review server takes commits in through `refs/for/` and never shows such a ref: then it says nothing.
        """
        branch = self.job.push_branch or checkout.branch
        wanted = [*([full_branch(branch)] if branch else []), *self.job.refspec_targets]
        own = {checkout.ref: checkout.commit} if checkout.ref else {}
        seen = {
            ref: head for ref, head in self.session.observe(wanted).items() if head or not ref.startswith("refs/for/")
        }
        return seen | own

    def repeat(self, record: Record, checkout: Checkout) -> tuple[Done, Record]:
        """Attempt until it ends: a lost race is planned again on the new head, within attempts and a deadline.

        The push of an earlier run that was killed may arrive only now: then the record returned is completed by it.
        """
        from gitbot.automation.attempt import Attempt, Done
        from gitbot.publish.push import RewindRefusedError

        until = time.monotonic() + self.tools.push_deadline_s
        on_top, stuck, number = False, 0, 0
        while True:
            attempt = Attempt(
                job=self.job, session=self.session, tools=self.tools, record=record, halted=self.halted, on_top=on_top
            )
            try:
                answer = attempt.take(checkout)
            except RewindRefusedError:
                if on_top or not self.job.push_branch:
                    raise
                on_top = True  # the server keeps what is on the branch: so do we
                continue
            if isinstance(answer, Done):
                return answer, record
            before = self.heads(checkout)
            self.session.forget()
            checkout = source.bring(self.session, source.find(self.session, self.job.ref))
            stuck = stuck + 1 if self.heads(checkout) == before else 0
            record = records.settle(record, self.heads(checkout), self.session, self.tools)
            number += 1
            self.give_up(answer, stuck, number, until)
            self.tools.pause(number)

    def give_up(self, answer: Moved, stuck: int, number: int, until: float) -> None:
        """Raise when trying again is useless or too late."""
        if stuck and answer.behind:
            raise Refused(
                f"a ref has commits of its own and is never overwritten: {answer.said}",
                hint="push to another ref, or delete that one",
                reason="GitOperationFailed",
            )
        if stuck >= _STUCK:
            raise Refused(
                f"the server rejects the push although the branch has not moved: {answer.said}",
                hint="a branch and a folder of branches may share a name, or the server's repository is damaged",
                reason="GitOperationFailed",
            )
        if time.monotonic() > until:
            raise _keeps_moving(answer, "until the deadline")
        if number >= self.tools.push_attempts:
            raise _keeps_moving(answer, f"{number} times")

    def halted(self) -> str:
        """Why nothing may be pushed any more, "" when it may: asked right before the push."""
        if self.tools.stopping():
            return "stopped before the push; nothing was pushed"
        return "" if self.held() else "the lease was lost before the push; nothing was pushed"


def _keeps_moving(answer: Moved, often: str) -> Unavailable:
    return Unavailable(
        f"the branch moved under the push {often}: {answer.said}",
        hint="run again, or raise git.pushAttempts and git.pushDeadline",
        reason="GitOperationFailed",
    )
