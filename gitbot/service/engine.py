"""What runs when automations are due: those of one repository together, each repository in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime

from gitbot.automation.fleet import run_group
from gitbot.automation.job import Tools
from gitbot.automation.outcome import Outcome
from gitbot.errors import GitbotError
from gitbot.git.run import kill_running
from gitbot.service.configuration import Watched
from gitbot.service.metrics import Metrics
from gitbot.state.store import Store
from gitbot.wiring.fleet import jobs_of, resolved_for, tools_of

_log = logging.getLogger(__name__)
_GATHER_S = 0.1  # automations that fire in the same moment share one session


@dataclass(slots=True)
class Engine:
    """Runs what is due. `wake` may be called from any thread; an automation never runs twice at once.

    `told` hears every outcome, `gather` names automations of the same repository that are almost due and join.
    """

    watched: Watched
    store: Store
    metrics: Metrics
    clock: Callable[[], datetime]
    told: Callable[[Outcome], None]
    gather: Callable[[Iterable[str]], Iterable[str]]
    stopping: threading.Event = field(default_factory=threading.Event)
    _due: dict[str, set[str]] = field(default_factory=dict)
    _busy: dict[str, Future[None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Make the threads; git commands do the work, so that few suffice."""
        self._pool = ThreadPoolExecutor(self.watched.current.service.concurrency, thread_name_prefix="gitbot-run")

    def repositories(self) -> Mapping[str, str]:
        """The repository of each automation, by their keys."""
        config = self.watched.current
        return {automation.key: config.repository_of(automation).key for automation in config.automations}

    def wake(self, key: str) -> None:
        """Mark an automation as due; its repository's thread is started unless it runs, and then takes it up next."""
        repository = self.repositories().get(key)
        if repository is None or self.stopping.is_set() or self._pool is None:
            return
        with self._lock:
            self._due.setdefault(repository, set()).add(key)
            if repository not in self._busy:
                self._busy[repository] = self._pool.submit(self._drain, repository)

    def _drain(self, repository: str) -> None:
        while True:
            self.stopping.wait(_GATHER_S)
            with self._lock:
                due = self._due.pop(repository, set())
                if not due or self.stopping.is_set():
                    del self._busy[repository]
                    return
            try:
                self._run(repository, due)
            except Exception:  # noqa: BLE001 - the service goes on; the traceback is in the log
                _log.exception("a bug in gitbot stopped a run of %s", repository)

    def _run(self, repository: str, due: set[str]) -> None:
        """One session of one repository for everything of it that is due or almost due."""
        begun = time.monotonic()
        siblings = {key for key, other in self.repositories().items() if other == repository}
        chosen = due | set(self.gather(siblings - due))
        config = self.watched.current
        automations = [automation for automation in config.automations if automation.key in chosen]
        try:
            with resolved_for(config, automations, self.store, self.clock) as resolved:
                for outcome in run_group(jobs_of(config, automations, resolved), self.tools()):
                    self.metrics.count(outcome, self.clock().timestamp())
                    self.told(outcome)
        except GitbotError as error:
            for automation in automations:
                failed = Outcome(namespace=automation.namespace, name=automation.name, outcome="failed", error=error)
                self.metrics.count(failed, self.clock().timestamp())
                self.told(failed)
        self.metrics.duration.labels(repository).observe(time.monotonic() - begun)

    def tools(self) -> Tools:
        """The edges of a run, which asks at its safe points whether the service is stopping."""
        tools = tools_of(self.watched.current, self.store, dry=False, force=False, clock=self.clock)
        return replace(tools, stopping=self.stopping.is_set)

    def stop(self, deadline_s: float) -> bool:
        """Let running automations come to a safe point; after the deadline kill their git commands. Whether none was killed."""
        self.stopping.set()
        with self._lock:
            running = list(self._busy.values())
        late = wait(running, deadline_s).not_done
        if late:
            _log.warning(
                "%d run(s) did not reach a safe point within %g s; their git commands are killed", len(late), deadline_s
            )
            kill_running()
        stuck = wait(late, 5).not_done
        if self._pool is not None:
            self._pool.shutdown(wait=not stuck, cancel_futures=True)
        return not late
