"""When each automation runs: on its interval with jitter; sooner, and ever later, after failures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from gitbot.automation.outcome import Outcome
from gitbot.config.models import Config

_log = logging.getLogger(__name__)
_RELOAD_S = 5


class Schedule:
    """APScheduler with one job an automation. A job only wakes the engine, so that a slow run delays no other."""

    def __init__(self, wake: Callable[[str], None], refresh: Callable[[], None], clock: Callable[[], datetime]) -> None:
        self._wake = wake
        self._refresh = refresh
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._config: Config | None = None
        self._scheduler: Any = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.add_job(self._refresh, IntervalTrigger(seconds=_RELOAD_S), id=" refresh")
        self._scheduler.start()

    @property
    def alive(self) -> bool:
        """Whether the scheduler's thread runs."""
        thread = getattr(self._scheduler, "_thread", None)
        return bool(self._scheduler.running and thread is not None and thread.is_alive())

    def apply(self, config: Config) -> None:
        """Make the jobs those of this configuration: after any edit all of them run at once, those that are gone no more."""
        before = self._config
        self._config = config
        known = {automation.key: automation for automation in before.automations} if before else {}
        wanted = {automation.key: automation for automation in config.automations if not automation.suspend}
        for key in known.keys() - wanted.keys():
            if self._scheduler.get_job(key):
                self._scheduler.remove_job(key)
            self._failures.pop(key, None)
        self._scheduler.pause()  # nothing fires before all are known: those of one repository then run together
        for position, (key, automation) in enumerate(wanted.items()):
            if before != config or not self._scheduler.get_job(key):
                self._add(key, automation.interval, config.service.jitter, position)
        self._scheduler.resume()

    def _add(self, key: str, interval: float, jitter: float, position: int) -> None:
        """Add or replace one job; its first run is now, the many spread by milliseconds."""
        trigger = IntervalTrigger(seconds=interval, jitter=interval * jitter or None)
        first = self._clock() + timedelta(milliseconds=position)
        self._scheduler.add_job(self._wake, trigger, args=[key], id=key, replace_existing=True, next_run_time=first)

    def almost_due(self, keys: Iterable[str]) -> list[str]:
        """Those of the automations that would run within the jitter of their interval anyway; they count as run now."""
        if self._config is None:
            return []
        window = {item.key: item.interval * self._config.service.jitter for item in self._config.automations}
        intervals = {item.key: item.interval for item in self._config.automations}
        found = []
        for key in keys:
            job = self._scheduler.get_job(key)
            if job is None or job.next_run_time is None:
                continue
            now = self._clock()
            if (job.next_run_time - now).total_seconds() <= window[key]:
                job.modify(next_run_time=now + timedelta(seconds=intervals[key]))
                found.append(key)
        return found

    def told(self, outcome: Outcome) -> None:
        """Back off after a failure: the first retry soon, each later one after twice the time, up to the bound."""
        job = self._scheduler.get_job(outcome.key)
        if outcome.outcome != "failed" or self._config is None or job is None:
            self._failures.pop(outcome.key, None)
            return
        count = self._failures[outcome.key] = self._failures.get(outcome.key, 0) + 1
        options = self._config.service
        delay = min(options.max_retry_delay, options.min_retry_delay * 2 ** min(count - 1, 30))
        retry_after = getattr(outcome.error, "retry_after", None)
        job.modify(next_run_time=self._clock() + timedelta(seconds=max(delay, retry_after or 0)))
        _log.info("trying again", extra={"automation": outcome.key, "in_s": round(delay, 1), "failures": count})

    def stop(self) -> None:
        """Fire nothing more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
