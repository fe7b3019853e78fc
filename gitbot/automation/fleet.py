"""All automations: those on one repository share one connection, fetch and scan; one failing never stops the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gitbot.automation.job import Job, Tools
from gitbot.automation.outcome import Outcome
from gitbot.automation.run import before_the_source, run
from gitbot.errors import GitbotError
from gitbot.git.access import Access
from gitbot.git.failures import BrokenCacheError
from gitbot.printable import printable
from gitbot.source.session import Session, session


def run_all(jobs: Sequence[Job], tools: Tools) -> Iterator[Outcome]:
    """Run every automation once, repository by repository, and yield each outcome as it is known."""
    groups: dict[tuple[str, str], list[Job]] = defaultdict(list)
    for job in jobs:
        groups[(job.access.url, job.access.identity_text)].append(job)
    for group in groups.values():
        yield from run_group(group, tools)


def run_group(jobs: Sequence[Job], tools: Tools) -> Iterator[Outcome]:
    """Run the automations of one repository. A broken cache is thrown away once; the automation it broke under runs again."""
    left = [job for job in jobs if job.automation.suspend or job.stalled or job.broken]
    for job in left:
        outcome = before_the_source(job, tools)
        assert outcome is not None  # noqa: S101 - that is why it was picked
        yield outcome
    waiting = [job for job in jobs if job not in left]
    for fresh in (False, True):
        try:
            yield from _opened(waiting, tools, fresh=fresh)
        except BrokenCacheError as error:
            broken: GitbotError = error
        except GitbotError as error:
            broken = error
            break
        except OSError as error:  # no space, no descriptors, a folder that is gone
            broken = GitbotError(
                f"{error.strerror}: {error.filename or printable(str(tools.cache_dir))}", reason="SourceManagerFailed"
            )
            break
        else:
            return
    for job in waiting:
        outcome = before_the_source(job, tools, broken)
        assert outcome is not None  # noqa: S101 - an error is given
        yield outcome


def _opened(waiting: list[Job], tools: Tools, *, fresh: bool) -> Iterator[Outcome]:
    """Run what is waiting in one session; each automation leaves the list when its outcome is known."""
    if not waiting:
        return
    with session(tools.cache_dir, _access(waiting), fresh=fresh) as opened:
        _ask(opened, waiting)
        while waiting:
            outcome = run(waiting[0], opened, tools)
            waiting.pop(0)
            yield outcome


def _access(jobs: Sequence[Job]) -> Access:
    return jobs[0].access


def _ask(opened: Session, jobs: Sequence[Job]) -> None:
    """One question to the server for every ref that any of the automations names."""
    opened.observe([ref for job in jobs for ref in job.known_refs])
