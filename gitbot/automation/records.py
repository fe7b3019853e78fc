"""What a run leaves behind: outcomes, records and history, one transaction each."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gitbot.automation import outcome as outcomes
from gitbot.automation.job import Job, Tools
from gitbot.automation.outcome import Outcome
from gitbot.errors import GitbotError, Problem, Unavailable
from gitbot.source.session import Session
from gitbot.state import conditions
from gitbot.state.history import Outcome as Kind
from gitbot.state.history import Run
from gitbot.state.record import Intent, Record

if TYPE_CHECKING:
    from gitbot.automation.attempt import Done


def outcome_of(job: Job, kind: Kind, **fields: Any) -> Outcome:
    """An outcome of this job; the policies that failed are problems of every outcome."""
    problems: tuple[Problem, ...] = (*policy_problems(job), *fields.pop("problems", ()))
    return Outcome(
        namespace=job.automation.namespace,
        name=job.automation.name,
        outcome=kind,
        problems=tuple(dict.fromkeys(problems)),
        **fields,
    )


def policy_problems(job: Job) -> tuple[Problem, ...]:
    """One problem for each policy the automation sees that elects nothing now: its markers stay as they are."""
    return tuple(
        Problem(code="policy-failed", message=f"policy {key}: {why}", severity="error")
        for key, why in sorted(job.elections.failed.items())
    )


def failed(job: Job, tools: Tools, started: datetime, error: GitbotError) -> Outcome:
    """A run that failed: the conditions say why; what was observed stays, so that the next run is a full one."""
    outcome = outcome_of(job, "failed", error=error)
    if tools.publisher.dry:
        return outcome
    record, _ = tools.store.get(job.automation.namespace, job.automation.name)
    now = tools.clock()
    record = replace(
        record,
        last_automation_run_time=started,
        conditions=conditions.failed(
            record.conditions, reason=error.reason or "UpdateFailed", message=error.message, now=now
        ),
        # After a lost connection the push may have landed: the next run looks. After a refusal it has not.
        intent=record.intent if isinstance(error, Unavailable) else None,
    )
    tools.store.put(record, _run(job, tools, started, outcome, _failure_id(job, tools, error)))
    return outcome


def _failure_id(job: Job, tools: Tools, error: GitbotError) -> str:
    """The id of the history entry: a failure that repeats itself stays one entry, so that it displaces no push."""
    last = next(iter(tools.store.history(job.automation.namespace, job.automation.name, limit=1).runs), None)
    repeated = last is not None and last.outcome == "failed" and last.error == error.message
    return last.id if last is not None and repeated else uuid.uuid4().hex


def settle(record: Record, heads: Mapping[str, str], session: Session, tools: Tools) -> Record:
    """Finish what an earlier run began: it died, or lost its connection, between the push and the record.

    Where the remote stands at the intended commit, or past it, the record is completed; otherwise nothing has arrived, and
    the intent stays for as long as it may.
    """
    intent = record.intent
    if intent is None:
        return record
    now = tools.clock()
    if not (intent.landed(heads) or _passed(intent, heads, session)):
        return record
    completed = record.completed(intent, now=now)
    if not tools.publisher.dry:
        tools.store.put(completed, _late_run(record, intent, now))
    return completed


def _passed(intent: Intent, heads: Mapping[str, str], session: Session) -> bool:
    """Whether the push branch has moved on from the intended commit, as far as the cached history tells."""
    ref = f"refs/heads/{intent.branch}"
    head = heads.get(ref, "")
    if not head or intent.untouched(heads) or not session.bare.has(intent.commit):
        return False
    return session.bare.contains(session.bring(ref, head), intent.commit)


def skipped(job: Job, tools: Tools, record: Record, started: datetime) -> Outcome:
    """Nothing has moved."""
    found = outcomes.skipped(tools.store, record, started)
    return replace(found, problems=tuple(dict.fromkeys((*policy_problems(job), *found.problems))))


def planned(job: Job, done: Done) -> Outcome:
    """The outcome of a dry run."""
    kind: Kind = "planned" if done.intent else "up-to-date"
    return outcome_of(job, kind, **_fields(done), diff=done.diff)


def finished(
    job: Job, tools: Tools, record: Record, started: datetime, done: Done, heads: Mapping[str, str]
) -> Outcome:
    """A full run: pushed, or nothing to change; record and history in one transaction."""
    now = tools.clock()
    record = replace(record, last_automation_run_time=started)
    if done.intent:
        record = record.completed(done.intent, now=now)
        outcome = outcome_of(job, "pushed", **_fields(done))
    else:
        record = replace(
            record,
            observed_policies=job.observed,
            observed_source_revision=done.checkout.revision,
            observed_refs=dict(heads),
            config_digest=job.config_digest,
            conditions=conditions.succeeded(record.conditions, now=now),
            intent=None,
        )
        outcome = outcome_of(job, "up-to-date", **_fields(done))
    run_id = done.intent.run_id if done.intent else uuid.uuid4().hex
    tools.store.put(record, _run(job, tools, started, outcome, run_id))
    return outcome


def _fields(done: Done) -> dict[str, Any]:
    shown: dict[str, Any] = {"problems": done.problems, "held": done.planned.held, "note": done.note}
    if done.intent:
        shown |= {
            "commit": done.intent.commit,
            "branch": done.intent.branch,
            "message": done.message,
            "result": done.intent.result,
        }
    return shown


def _run(job: Job, tools: Tools, started: datetime, outcome: Outcome, run_id: str) -> Run:
    return Run(
        id=run_id,
        namespace=job.automation.namespace,
        name=job.automation.name,
        started=started,
        finished=tools.clock(),
        outcome=outcome.outcome,
        commit=outcome.commit,
        branch=outcome.branch,
        message=outcome.message,
        result=outcome.result if outcome.changes else {},
        problems=outcome.problems,
        held=tuple(held if isinstance(held, Mapping) else held.as_dict() for held in outcome.held),
        error=outcome.error.message if outcome.error else "",
    )


def _late_run(record: Record, intent: Intent, now: datetime) -> Run:
    """The history entry of a run that pushed and could not say so itself."""
    return Run(
        id=intent.run_id,
        namespace=record.namespace,
        name=record.name,
        started=intent.created,
        finished=now,
        outcome="pushed",
        commit=intent.commit,
        branch=intent.branch,
        message=intent.message,
        result=intent.result,
    )
