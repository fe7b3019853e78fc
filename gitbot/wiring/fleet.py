"""From a configuration to the automations of one run and the tools they run with."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gitbot.automation.fleet import run_all
from gitbot.automation.job import Job, Tools
from gitbot.automation.outcome import Outcome
from gitbot.config.digest import digest
from gitbot.config.load import Wanted, standard_input
from gitbot.config.models import Automation, Config, Repository
from gitbot.config.places import default_state_url
from gitbot.config.templates import template_of
from gitbot.errors import GitbotError, Problem, UsageError
from gitbot.git.access import Access
from gitbot.policies.resolve import Resolved, asks, elections_for, resolve, seen_by
from gitbot.printable import printable
from gitbot.state.store import Store, open_store
from gitbot.wiring.access import access_of, cache_dir_of
from gitbot.wiring.configuration import configured

if TYPE_CHECKING:
    from gitbot.message.render import Template


@dataclass(frozen=True, slots=True)
class Fleet:
    """The automations to run, the tools they run with, and the problems of result files, which belong to none of them."""

    jobs: tuple[Job, ...]
    tools: Tools
    config: Config
    problems: tuple[Problem, ...] = ()

    def run(self) -> Iterator[Outcome]:
        """Run every automation once and yield each outcome as it is known."""
        return run_all(self.jobs, self.tools)


@contextmanager
def wired(
    config_path: Path | None,
    names: Sequence[str],
    *,
    dry: bool,
    force: bool,
    clock: Callable[[], datetime],
    include: Sequence[str] = (),
) -> Iterator[Fleet]:
    """Load the configuration and lay out everything one run of the named automations (all when none is named) needs."""
    config = configured(Wanted(path=config_path, include=tuple(include)))
    chosen = select(config, names)
    with (
        store_of(config, create=not dry) as store,
        resolved_for(config, chosen, store, clock, dry=dry, force=force) as resolved,
    ):
        tools = tools_of(config, store, dry=dry, force=force, clock=clock)
        yield Fleet(jobs_of(config, chosen, resolved), tools, config, (*config.aside.problems, *resolved.problems))


@contextmanager
def resolved_for(
    config: Config,
    automations: Sequence[Automation] | None,
    store: Store,
    clock: Callable[[], datetime],
    *,
    dry: bool = False,
    force: bool = False,
) -> Iterator[Resolved]:
    """What the policies of these automations (None: all policies) elect now.

    Registries stay connected for as long as the block lasts: a marker may have a question of its own.
    """
    wanted = None if automations is None else seen_by(config, automations)
    if not asks(config):
        yield resolve(config, stdin=standard_input)
        return
    from gitbot.wiring.offices import office

    with office(config, store, clock=clock, dry=dry, force=force) as facts:
        yield resolve(config, stdin=standard_input, office=facts, wanted=wanted)


def store_of(config: Config, *, create: bool = True) -> Store:
    """The state database of the configuration."""
    return open_store(config.state or default_state_url(), base=config.base, create=create)


def tools_of(config: Config, store: Store, *, dry: bool, force: bool, clock: Callable[[], datetime]) -> Tools:
    """The edges of a run."""
    from gitbot.publish.pushing import DryRun, Pushing

    return Tools(
        cache_dir=cache_dir_of(config),
        store=store,
        publisher=DryRun() if dry else Pushing(),
        clock=clock,
        pause=_pause,
        force=force,
        push_attempts=config.git.push_attempts,
        push_deadline_s=config.git.push_deadline,
    )


def _pause(number: int) -> None:
    """Wait before the next attempt: longer each time, at random, so that racing runs spread out."""
    time.sleep(random.uniform(0.02, min(2.0, 0.1 * 2 ** min(number, 5))))  # noqa: S311 - chance, not secrecy


def select(config: Config, names: Sequence[str]) -> list[Automation]:
    """The automations named `name` or `namespace/name`; all when none is named. Raises UsageError for an unknown name."""
    if not names:
        return list(config.automations)
    chosen = []
    for name in names:
        found = [item for item in config.automations if name in {item.key, item.name}]
        if not found:
            known = ", ".join(item.key for item in config.automations) or "none"
            raise UsageError(f"there is no automation {printable(name)!r}", hint=f"configured: {known}")
        chosen += [item for item in found if item not in chosen]
    return chosen


def jobs_of(config: Config, automations: Sequence[Automation], resolved: Resolved) -> tuple[Job, ...]:
    """Everything each automation needs, resolved; what fails for one of them fails that one alone."""
    accesses: dict[str, Access] = {}
    return tuple(_job(config, automation, resolved, accesses) for automation in automations)


def _job(config: Config, automation: Automation, resolved: Resolved, accesses: dict[str, Access]) -> Job:
    repository = config.repository_of(automation)
    broken: GitbotError | None = None
    try:
        if trouble := config.aside.trouble("automations", automation.key):
            raise GitbotError(trouble.message, reason=trouble.reason)  # noqa: TRY301 - as all that breaks it
        if repository.key not in accesses:
            accesses[repository.key] = access_of(config, repository)
        access = accesses[repository.key]
        configuration = digest(config, automation)
    except GitbotError as error:
        error.reason = error.reason or "SourceManagerFailed"
        broken, access, configuration = error, Access(url=repository.remote(config.base)), ""
    return Job(
        automation=automation,
        access=access,
        ref=config.checkout_ref(automation),
        elections=elections_for(config, automation, resolved),
        config_digest=configuration,
        template=cache(lambda: _template(config, automation)),
        shared_branch=_shares_branch(config, automation, repository),
        stalled=config.stalled_reason(automation),
        broken=broken,
    )


def _shares_branch(config: Config, automation: Automation, repository: Repository) -> bool:
    """Whether another automation pushes to the branch this one names."""
    branch = automation.git.push.branch
    return branch is not None and any(
        other.key != automation.key
        and branch in {other.git.push.branch, config.checkout_ref(other).checkout_branch}
        and config.repository_of(other).remote(config.base) == repository.remote(config.base)
        for other in config.automations
    )


def _template(config: Config, automation: Automation) -> Template:
    from gitbot.message.render import check_template

    found = template_of(config, automation)
    values = automation.git.commit.message_template_values
    return check_template(found.text, name=found.name, engine=found.engine, values=values)
