"""What policies elect now, for a person: `gitbot policy resolve`, and the table behind `gitbot explain NS:POLICY`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitbot.cli.table import print_table
from gitbot.errors import UsageError
from gitbot.printable import printable

if TYPE_CHECKING:
    from gitbot.config.models import Config
    from gitbot.policies.elected import Elected
    from gitbot.policies.resolve import Resolved

SHOWN = 30


@contextmanager
def asked(config_path: Path | None, include: Sequence[str] = ()) -> Iterator[tuple[Config, Resolved]]:
    """A configuration and what its policies elect now; registries are asked, nothing is remembered."""
    from gitbot.cli.run import now
    from gitbot.config.load import Wanted
    from gitbot.wiring.configuration import configured
    from gitbot.wiring.fleet import resolved_for, store_of

    config = configured(Wanted(path=config_path, include=tuple(include)))
    with store_of(config, create=False) as store, resolved_for(config, None, store, now, dry=True) as resolved:
        yield config, resolved


def chosen(resolved: Resolved, names: Sequence[str]) -> list[str]:
    """The policies named `name` or `ns:name`, all when none is named; raises UsageError for one that is not there."""
    keys = sorted(resolved.labels)
    if not names:
        return keys
    found: list[str] = []
    for name in names:
        matching = [key for key in keys if name in {key, key.partition(":")[2]}]
        if not matching:
            raise UsageError(f"there is no policy {printable(name)!r}", hint=f"known: {', '.join(keys) or 'none'}")
        found += [key for key in matching if key not in found]
    return found


def facts(key: str, resolved: Resolved) -> dict[str, Any]:
    """The JSON of one policy: the image it elects, or why none, what was elected last, warnings."""
    image = resolved.images.get(key)
    elected = resolved.elected.get(key)
    shown: dict[str, Any] = {"policy": key, "image": str(image) if image else None}
    if image:
        shown |= {"name": image.name, "tag": image.tag, "digest": image.digest}
    elif key in resolved.suspended:
        shown["reason"] = "it is suspended"
    else:
        shown["reason"] = resolved.failed.get(key, "")
    if elected is not None and elected.last is not None:
        shown["last"] = str(elected.last)
    if elected is not None and elected.warnings:
        shown["warnings"] = list(elected.warnings)
    return shown


def candidates(elected: Elected) -> list[dict[str, str]]:
    """Every tag with what became of it: the winner, the others in order, those a guard refused, the dropped ones."""
    if elected.explanation is None:
        return []
    refused = {
        tag: f"{verdict.guard}: {verdict.reason}" for tag, verdict in (elected.walk.refused if elected.walk else ())
    }
    winner = elected.image.tag if elected.image else None
    rows = [
        {"tag": one.tag, "state": _state(one.tag, winner, refused), "key": one.key, "reason": refused.get(one.tag, "")}
        for one in elected.explanation.ranked
    ]
    dropped = (
        {"tag": one.tag, "state": "dropped", "key": "", "reason": one.reason} for one in elected.explanation.dropped
    )
    return [*rows, *dropped]


def _state(tag: str, winner: str | None, refused: dict[str, str]) -> str:
    if tag == winner:
        return "elected"
    return "refused" if tag in refused else "kept"


def print_candidates(rows: Sequence[dict[str, str]]) -> None:
    """The table, the best tags first; a long one is cut, saying so."""
    if not rows:
        return
    print_table(("TAG", "STATE", "COMPARED BY", "REASON"), [tuple(row.values()) for row in rows[:SHOWN]])
    if len(rows) > SHOWN:
        print(f"... and {len(rows) - SHOWN} more; --output json has all")
