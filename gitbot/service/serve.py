"""The service from start to stop: configuration, state, schedule, HTTP; a signal ends it at a safe point."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from gitbot.automation.outcome import Outcome
from gitbot.config.load import Wanted
from gitbot.errors import GitbotError, UsageError
from gitbot.service.configuration import Watched
from gitbot.service.engine import Engine
from gitbot.service.http import Server, app
from gitbot.service.metrics import Metrics
from gitbot.service.schedule import Schedule
from gitbot.state.store import Store
from gitbot.wiring.fleet import store_of

_log = logging.getLogger(__name__)


def serve(config_path: Path | None, clock: Callable[[], datetime], include: Sequence[str] = ()) -> int:
    """Run every automation on its interval until SIGTERM or SIGINT; 0 after a clean stop, 1 when runs had to be killed."""
    watched = Watched(Wanted(path=config_path, include=tuple(include)))
    if "-" in watched.current.results_from:
        raise UsageError(
            "a service cannot read results from standard input", hint="write them to a file and name it in resultsFrom"
        )
    with store_of(watched.current) as store:
        return _Service(watched, store, clock).run()


class _Service:
    def __init__(self, watched: Watched, store: Store, clock: Callable[[], datetime]) -> None:
        self.watched = watched
        self.store = store
        self.metrics = Metrics()
        self.schedule = Schedule(self.wake, self.refresh, clock)
        self.engine = Engine(
            watched=watched,
            store=store,
            metrics=self.metrics,
            clock=clock,
            told=self.told,
            gather=self.schedule.almost_due,
        )
        options = watched.current.service
        self.server = Server(app(self.alive, self.ready, self.metrics), options.address, options.port)
        self.stop = threading.Event()

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.on_signal)
        signal.signal(signal.SIGHUP, lambda *_: self.refresh())
        port = self.server.start()
        self.engine.start()
        self.schedule.start()
        self.schedule.apply(self.watched.current)
        _log.info("serving", extra={"address": self.watched.current.service.address, "port": port})
        self.stop.wait()
        return self.wind_down()

    def wind_down(self) -> int:
        """Fire nothing more, let runs end at a safe point, answer no more."""
        _log.info("stopping")
        self.schedule.stop()
        clean = self.engine.stop(self.watched.current.service.shutdown_deadline)
        self.server.stop()
        _log.info("stopped", extra={"clean": clean})
        return 0 if clean else 1

    def on_signal(self, *_: object) -> None:
        self.stop.set()

    def wake(self, key: str) -> None:
        self.engine.wake(key)

    def refresh(self) -> None:
        """Take up an edited configuration."""
        if self.watched.refresh():
            self.schedule.apply(self.watched.current)
        self.metrics.reload_failures.set(self.watched.failures)

    def told(self, outcome: Outcome) -> None:
        """Log an outcome and let the schedule know."""
        level = logging.ERROR if outcome.failed else logging.INFO
        extra = {"automation": outcome.key, "outcome": outcome.outcome}
        extra |= {"commit": outcome.commit, "branch": outcome.branch} if outcome.commit else {}
        error = f": {outcome.error.message}" if outcome.error else ""
        _log.log(level, "run ended%s", error, extra=extra)
        for problem in outcome.problems if outcome.outcome != "skipped" else ():
            place = f"{problem.place}: " if problem.place else ""
            _log.warning("%s%s [%s]", place, problem.message, problem.code, extra={"automation": outcome.key})
        self.schedule.told(outcome)

    def alive(self) -> dict[str, str]:
        """What is wrong with the process itself: a restart would help."""
        return {} if self.schedule.alive else {"schedule": "the scheduler has ended"}

    def ready(self) -> dict[str, str]:
        """What keeps runs from working: the database, a refused configuration, stopping."""
        wrong = self.alive()
        if self.stop.is_set():
            wrong["stopping"] = "the service is stopping"
        if self.watched.broken:
            wrong["configuration"] = "the edited configuration is refused; the last good one is used"
        try:
            self.store.cache_get("readiness", "probe")
        except GitbotError as error:
            wrong["state"] = error.message
        return wrong
