"""`gitbot status` and `gitbot history`: what the state says about the automations and their runs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitbot.cli.output import include_option, output_option, print_json, print_problems
from gitbot.cli.table import print_table
from gitbot.errors import UsageError
from gitbot.printable import printable
from gitbot.state import conditions, stored
from gitbot.state.history import Run
from gitbot.state.record import Record
from gitbot.state.store import Store, open_store

if TYPE_CHECKING:
    from gitbot.config.models import Config

_config_option = click.option(
    "--config", "-c", type=click.Path(path_type=Path), help="Configuration file; default $GITBOT_CONFIG or gitbot.yaml."
)
_state_option = click.option("--state", metavar="URL", help="Read this state and no configuration.")


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@_config_option
@include_option
@_state_option
@click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "json", "yaml"]),
    default="text",
    help="Form of the output; yaml: ImageUpdateAutomation objects of v1beta2 with their status.",
)
def status(
    names: tuple[str, ...], config: Path | None, include: tuple[str, ...], state: str | None, output: str
) -> int:
    """Show the recorded status of all or some automations (NAME or NAMESPACE/NAME)."""
    loaded = _load(config, state, include)
    with _open(loaded, state) as store:
        found = store.records()
    recorded = {record.key: record for record in found.records}
    suspended = _suspended(loaded, recorded)
    shown = [
        (recorded.get(key) or _blank(key), suspended[key])
        for key in (_chosen(names, tuple(suspended)) if names else tuple(suspended))
    ]
    if output == "yaml":
        from gitbot.cli.flux_status import print_statuses

        print_problems(found.problems)
        print_statuses([record for record, _ in shown], loaded)
        return 0
    if output == "json":
        automations = [_record_json(record, suspended=paused) for record, paused in shown]
        print_json({"automations": automations, "problems": [problem.as_dict() for problem in found.problems]})
        return 0
    print_problems(found.problems)
    if shown:
        print_table(_STATUS_HEADINGS, [_status_row(record, suspended=paused) for record, paused in shown])
    else:
        sys.stdout.write("no automation has run yet\n")
    return 0


@click.command()
@click.argument("name", required=False)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="Most runs to show.")
@_config_option
@_state_option
@output_option
def history(name: str | None, limit: int, config: Path | None, state: str | None, output: str) -> int:
    """Show past runs and what they changed, the newest first; of one automation (NAME or NAMESPACE/NAME) or of all."""
    namespace, _, short = name.rpartition("/") if name else ("", "", "")
    with _open(_load(config, state), state) as store:
        found = store.history(namespace or None, short or None, limit=limit)
    if output == "json":
        runs = [run.as_dict() for run in found.runs]
        print_json({"runs": runs, "problems": [problem.as_dict() for problem in found.problems]})
        return 0
    print_problems(found.problems)
    if found.runs:
        print_table(_HISTORY_HEADINGS, [_run_row(run) for run in found.runs])
    else:
        sys.stdout.write("no run is recorded\n")
    return 0


def _load(config: Path | None, state: str | None, include: Sequence[str] = ()) -> Config | None:
    if state is not None:
        if config is not None or include:
            raise UsageError("--config and --state say where to look twice (--include too)", hint="give one of them")
        return None
    from gitbot.config.load import load

    return load(config, include)


def _suspended(config: Config | None, recorded: Mapping[str, Record]) -> dict[str, bool]:
    """The automations to show and whether each is suspended; those of included repositories are known by their records."""
    if config is None or any(not isinstance(item, str) for item in config.include):
        known = dict.fromkeys(recorded, False)
        return known if config is None else known | {item.key: item.suspend for item in config.automations}
    return {item.key: item.suspend for item in config.automations}


def _open(config: Config | None, state: str | None) -> Store:
    """The store to look at; one that nothing was written to yet is not made by looking."""
    from gitbot.config.places import default_state_url

    url = config.state if config else state
    return open_store(url or default_state_url(), base=config.base if config else Path(), create=False)


def _chosen(names: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The keys that the names mean: `namespace/name`, or a bare name in whatever namespaces have it."""
    found: dict[str, None] = {}
    for name in names:
        meant = [key for key in keys if name in (key, key.rpartition("/")[2])]
        if not meant:
            raise UsageError(
                f"there is no automation {printable(name)!r}", hint=f"known: {printable(', '.join(keys)) or 'none'}"
            )
        found |= dict.fromkeys(meant)
    return list(found)


def _blank(key: str) -> Record:
    namespace, _, name = key.rpartition("/")
    return Record(namespace=namespace, name=name)


def _record_json(record: Record, *, suspended: bool) -> dict[str, Any]:
    intent = record.intent
    pending = intent and {
        "commit": intent.commit,
        "refs": {ref: move.commit for ref, move in intent.refs.items()},
        "created": stored.stamp(intent.created),
    }
    return record.as_dict() | {"suspended": suspended, "pendingPush": pending}


_STATUS_HEADINGS = ("AUTOMATION", "READY", "REASON", "REVISION", "LAST PUSH", "LAST RUN", "MESSAGE")
_HISTORY_HEADINGS = ("STARTED", "AUTOMATION", "OUTCOME", "COMMIT", "BRANCH", "CHANGES", "MESSAGE")


def _status_row(record: Record, *, suspended: bool) -> tuple[str, ...]:
    ready = conditions.find(record.conditions, "Ready")
    stalled = conditions.find(record.conditions, "Stalled")
    revision, _, commit = record.observed_source_revision.rpartition(":")
    push = f"{record.last_push_commit[:7]} {_short(record.last_push_time)}" if record.last_push_commit else "-"
    reason = "Suspended" if suspended else ready.reason if ready else "NeverRun"
    message = ready.message.partition("\n")[0] if ready else ""
    if record.intent is not None:
        message = f"push of {record.intent.commit[:7]} was not confirmed; the next run looks; {message}"
    return (
        record.key,
        ready.status if ready else "Unknown",
        f"{reason} (stalled)" if stalled else reason,
        f"{revision}:{commit[:7]}" if commit else "-",
        push,
        _short(record.last_automation_run_time),
        message,
    )


def _run_row(run: Run) -> tuple[str, ...]:
    message = (run.error or run.message).partition("\n")[0]
    changes = str(_count(run.result))
    key = f"{run.namespace}/{run.name}"
    return (_short(run.started), key, run.outcome, run.commit[:7] or "-", run.branch or "-", changes, message)


def _count(result: Mapping[str, Any]) -> int:
    """How many changes a stored result holds."""
    files = result.get("files", [])
    return sum(len(item.get("changes", [])) for file in files for item in file.get("objects", []))


def _short(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}" if moment else "-"
