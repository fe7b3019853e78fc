"""The shortest run: while neither the configuration nor any ref has moved, nothing more than this module is loaded.

After a run in which all went well, what the next one would compare is written down beside the default cache: digests of the
files it read, how its repositories are reached (secrets by reference alone), and what each automation observed. The next run
asks the servers for the refs and lets the records themselves decide, by the same rule as ever; at the first doubt it says
nothing, and the whole configuration is loaded.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitbot import __version__
from gitbot.automation.outcome import Outcome, skipped
from gitbot.config.aside import Aside
from gitbot.config.places import config_file, default_cache_dir, default_state_url
from gitbot.config.references import Reference, reveal
from gitbot.errors import GitbotError
from gitbot.git.access import Access
from gitbot.image import ImageRef
from gitbot.source.session import session
from gitbot.state.record import Record
from gitbot.state.store import Store, open_store

if TYPE_CHECKING:
    from gitbot.automation.job import Job
    from gitbot.config.models import Config, Repository, SecretSource

_SECRETS = ("password", "token", "identity", "passphrase", "known_hosts", "ca", "cert", "key")
_ONE_LINE = frozenset({"password", "token", "passphrase", "proxy_password"})
# A slow server is left to the whole run, which has the configured deadline and tells what is wrong.
_PATIENCE_S = 5.0
_WELL = frozenset({"pushed", "up-to-date", "skipped", "suspended"})


def nothing_moved(config_path: Path | None, clock: Callable[[], datetime]) -> list[Outcome] | None:
    """The outcomes of a run in which everything is skipped, recorded; None when there may be more to do, or any doubt."""
    path = config_file(config_path)
    standing = _read(path)
    if standing is None or standing.get("places") != _places() or not _same(standing["inputs"]):
        return None
    try:
        with open_store(standing["state"], create=False) as store, ExitStack() as held:
            return _skip_all(standing, store, held, clock)
    except (GitbotError, KeyError, TypeError, ValueError, OSError):
        return None


def _skip_all(
    standing: Mapping[str, Any], store: Store, held: ExitStack, clock: Callable[[], datetime]
) -> list[Outcome] | None:
    """Skip every automation, or none: a lease that is taken, a record or a ref that has moved is a doubt."""
    started = clock()
    doubtless: list[Record | Outcome] = []
    for group in standing["groups"]:
        heads = _heads(group, Path(standing["cache"]), Path(standing["base"]))
        for one in group["automations"]:
            namespace, name = one["namespace"], one["name"]
            if one["suspended"]:
                note = "suspended by the configuration"
                doubtless.append(Outcome(namespace=namespace, name=name, outcome="suspended", note=note))
                continue
            lease = held.enter_context(store.lease(namespace, name))
            record, problems = store.get(namespace, name)
            images = {key: ImageRef(*parts) for key, parts in one["policies"].items()}
            mine = {ref: heads[ref] for ref in one["refs"]}
            if not lease or problems or record.reasons_to_run(policies=images, heads=mine, config_digest=one["digest"]):
                return None
            doubtless.append(record)
    return [one if isinstance(one, Outcome) else skipped(store, one, started) for one in doubtless]


def _heads(group: Mapping[str, Any], cache: Path, base: Path) -> dict[str, str]:
    """The refs of one repository as its server has them now; raises GitbotError, also when its HEAD points elsewhere."""
    refs = sorted({ref for one in group["automations"] if not one["suspended"] for ref in one["refs"]})
    if not refs:
        return {}
    with session(cache, _access(group["access"], base)) as opened:
        heads = opened.observe([*refs, *(["HEAD"] if group["default"] else [])])
        if group["default"] and opened.default_branch() != group["default"]:
            raise GitbotError("the default branch is another one")
    return heads


def _access(written: Mapping[str, Any], base: Path) -> Access:
    fields = dict(written["fields"])
    fields["allow_protocols"] = tuple(fields["allow_protocols"])
    fields["timeout_s"] = min(float(fields["timeout_s"]), _PATIENCE_S)
    secrets: dict[str, Any] = {
        name: reveal(Reference(env, file), base, one_line=name in _ONE_LINE)
        for name, (env, file) in written["secrets"].items()
    }
    return Access(**fields, **secrets)


def keep(
    config_path: Path | None, config: Config, jobs: Sequence[Job], outcomes: Sequence[Outcome], store: Store
) -> None:
    """Write down what the next run compares, after a run of every automation in which all went well; else forget it."""
    path = config_file(config_path)
    with contextlib.suppress(OSError):
        document = _document(path, config, jobs, outcomes, store)
        if document is None:
            _place(path).unlink(missing_ok=True)
        else:
            _write(_place(path), document)


def _document(
    path: Path, config: Config, jobs: Sequence[Job], outcomes: Sequence[Outcome], store: Store
) -> dict[str, Any] | None:
    well = all(one.outcome in _WELL and not one.failed for one in outcomes) and len(outcomes) == len(config.automations)
    plain = (
        all(policy.policy.fixed is not None for policy in config.policies)
        and not config.include
        and config.aside == Aside()
    )
    fixed_refs = all(job.ref.kind in {"branch", "name", "tag", "default"} and not job.stalled for job in jobs)
    if not (well and plain and fixed_refs) or "-" in config.results_from:
        return None
    groups: dict[str, dict[str, Any]] = {}
    for job in jobs:
        repository = config.repository_of(job.automation)
        access = _written(job.access, repository)
        if access is None:
            return None
        group = groups.setdefault(repository.key, {"access": access, "default": "", "automations": []})
        record, _ = store.get(job.automation.namespace, job.automation.name)
        group["automations"].append(_automation(job, record))
        if job.ref.kind == "default" and not job.automation.suspend:
            group["default"] = f"refs/heads/{record.observed_source_revision.rpartition('@sha1:')[0]}"
    from gitbot.wiring.access import cache_dir_of

    state = config.state or default_state_url()
    return {
        "places": _places(),
        "inputs": {str(file): _digest(file) for file in _inputs(path, config)},
        "state": _absolute(state, config.base),
        "base": str(config.base),
        "cache": str(cache_dir_of(config)),
        "groups": list(groups.values()),
    }


def _automation(job: Job, record: Record) -> dict[str, Any]:
    return {
        "namespace": job.automation.namespace,
        "name": job.automation.name,
        "suspended": job.automation.suspend,
        "digest": job.config_digest,
        "refs": list(record.observed_refs),
        "policies": {name: [image.name, image.tag, image.digest] for name, image in job.observed.items()},
    }


def _written(access: Access, repository: Repository) -> dict[str, Any] | None:
    """How a repository is reached, every secret by its reference; None when one has no reference."""
    sources: dict[str, SecretSource | None] = {name: getattr(repository.auth, name) for name in _SECRETS}
    sources["proxy_password"] = repository.proxy.password if repository.proxy else None
    given = {name: source for name, source in sources.items() if source is not None}
    if any(source.env is None and source.file is None for source in given.values()):
        return None
    fields = {one.name: getattr(access, one.name) for one in dataclasses.fields(access) if one.name not in sources}
    return {"fields": fields, "secrets": {name: [source.env, source.file] for name, source in given.items()}}


def _inputs(path: Path, config: Config) -> Iterator[Path]:
    from gitbot.config.templates import template_files

    yield path
    yield from (config.base / name for name in config.results_from)
    yield from template_files(config)


def _same(inputs: Mapping[str, str]) -> bool:
    return all(_digest(Path(name)) == digest for name, digest in inputs.items())


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def _places() -> list[str]:
    """What else decides where things are."""
    return [__version__, default_state_url(), str(default_cache_dir())]


def _absolute(url: str, base: Path) -> str:
    """A SQLite URL with its file made absolute; any other URL as it is."""
    scheme, mark, name = url.partition(":///")
    return f"sqlite:///{base / name}" if scheme == "sqlite" and mark else url


def _place(path: Path) -> Path:
    return default_cache_dir() / "standing" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> dict[str, Any] | None:
    """What was written down, when only we can have written it: it says where secrets go."""
    try:
        place = _place(path)
        for one in (place, place.parent):
            seen = os.lstat(one)
            if seen.st_uid != os.geteuid() or stat.S_IMODE(seen.st_mode) & 0o022 or stat.S_ISLNK(seen.st_mode):
                return None
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, GitbotError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("inputs"), dict) else None


def _write(place: Path, document: Mapping[str, Any]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = place.with_suffix(f".{os.getpid()}")
    making.touch(mode=0o600, exist_ok=False)
    making.write_text(json.dumps(document), encoding="utf-8")
    making.replace(place)
