"""What Prometheus sees of a service: one registry, filled from outcomes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gitbot import __version__
from gitbot.automation.outcome import Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABELS = ("namespace", "name")


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        Gauge("gitbot_build_info", "The version that runs.", ["version"], registry=registry).labels(__version__).set(1)
        self.runs = Counter("gitbot_runs", "Runs by outcome.", [*_LABELS, "outcome"], registry=registry)
        self.duration = Histogram(
            "gitbot_group_duration_seconds",
            "Time the automations of one repository took together.",
            ["repository"],
            registry=registry,
        )
        self.changes = Counter("gitbot_changes", "Fields changed by pushed commits.", _LABELS, registry=registry)
        self.problems = Gauge("gitbot_problems", "Problems the last run reported.", _LABELS, registry=registry)
        self.ready = Gauge("gitbot_automation_ready", "1 when the last run did not fail.", _LABELS, registry=registry)
        self.last = Gauge("gitbot_last_run_timestamp_seconds", "When the last run ended.", _LABELS, registry=registry)
        self.reload_failures = Gauge(
            "gitbot_configuration_failures", "Edited configurations that were refused.", registry=registry
        )

    def count(self, outcome: Outcome, now: float) -> None:
        """Count one outcome; `now` is seconds since the epoch."""
        key = (outcome.namespace, outcome.name)
        self.runs.labels(*key, outcome.outcome).inc()
        if outcome.outcome in {"suspended", "already-running"}:
            return
        self.changes.labels(*key).inc(outcome.changes if outcome.outcome == "pushed" else 0)
        self.problems.labels(*key).set(len(outcome.problems))
        self.ready.labels(*key).set(0 if outcome.failed else 1)
        self.last.labels(*key).set(now)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)
