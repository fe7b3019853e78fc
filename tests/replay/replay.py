"""Replay edits that Flux made: `gitbot apply` on what was there before, compared with what Flux left behind.

    python -m tests.replay.replay pair BEFORE AFTER
    python -m tests.replay.replay history REPOSITORY [REVISION] [--looks-like PATTERN] [--commit COMMIT ...] [--limit N]

A policy's image is what the marked values of the commit say. Exit code 1 when a file came out wrong, 2 when nothing can be read.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from gitbot.cli.main import run as gitbot
from gitbot.image import ImageRef
from gitbot.markers.grammar import NEEDLE
from gitbot.markers.scan import scan
from gitbot.printable import printable
from gitbot.source.folder import is_yaml
from tests.replay.compare import MEANING, Verdict, compare, elected
from tests.replay.history import FLUX, HistoryError, Step, commits_of, steps

SHOWN = 50  # files named in a report
ODD = ("respelled", "reformatted", "edited", "unclear", "different")


def judge(step: Step) -> list[Verdict]:
    """Apply what a step elected to what it started from, and compare file by file."""
    told = elected(step.before, step.after)
    after = applied(step.before, told.images)
    verdicts = [compare(path, step.before[path], step.after[path], after[path]) for path in sorted(step.before)]
    return [_excused(one, step, told.unclear) for one in verdicts]


def applied(before: Mapping[str, bytes], images: Mapping[str, ImageRef]) -> dict[str, bytes]:
    """The files after `gitbot apply`; asserts that a second run finds nothing to do."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, policies = Path(scratch, "files"), Path(scratch, "policies.json")
        folder.mkdir()
        policies.write_text(json.dumps({policy: str(image) for policy, image in images.items()}))
        for path, data in before.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        said = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            first = gitbot(["apply", str(folder), "--policies", str(policies), "--output", "json"])
            second = gitbot(["apply", str(folder), "--policies", str(policies), "--output", "json", "--check"])
        assert (first, second) == (0, 0), f"gitbot apply exited {first}, a second run {second}: {said.getvalue()}"
        return {path: (folder / path).read_bytes() for path in before}


def pair(before: Path, after: Path) -> Step:
    """The marked files that two folders have in common, where they differ; or two files as one step."""
    if before.is_file():
        return Step("", {before.name: before.read_bytes()}, {before.name: after.read_bytes()})
    step = Step("")
    for place in sorted(before.rglob("*")):
        path = place.relative_to(before).as_posix()
        other = after / path
        if not (is_yaml(place.name) and _regular(place) and _regular(other)):
            continue
        old, new = place.read_bytes(), other.read_bytes()
        if old != new and NEEDLE in old:
            step.before[path], step.after[path] = old, new
    return step


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        judged = [(step.commit, verdict) for step in _steps(options) for verdict in judge(step)]
    except (HistoryError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(json.dumps(_as_dict(judged), indent=2) if options.json else _as_text(judged))
    return 1 if any(verdict.kind == "different" for _, verdict in judged) else 0


def _steps(options: argparse.Namespace) -> Iterable[Step]:
    if options.command == "pair":
        return [pair(options.before, options.after)]
    commits = options.commit or commits_of(options.repository, options.revision, options.looks_like, options.limit)
    return (_inside(step) for step in steps(options.repository, commits))


def _inside(step: Step) -> Step:
    """Without paths that would leave a folder they are written into."""
    bad = {path for path in step.before if ".." in PurePosixPath(path).parts or path.startswith("/")}
    kept = [path for path in step.before if path not in bad]
    return replace(
        step, before={path: step.before[path] for path in kept}, after={path: step.after[path] for path in kept}
    )


def _excused(verdict: Verdict, step: Step, unclear: Mapping[str, str]) -> Verdict:
    """A file whose policies cannot be told is not wrong."""
    policies = {one.policy for one in scan(verdict.path, step.before[verdict.path]).marked} & set(unclear)
    if verdict.kind != "different" or not policies:
        return verdict
    first = min(policies)
    return replace(verdict, kind="unclear", detail=f"{first}: {unclear[first]}")


def _regular(place: Path) -> bool:
    return place.is_file() and not place.is_symlink()


def _as_dict(judged: list[tuple[str, Verdict]]) -> dict[str, object]:
    return {
        "files": Counter(verdict.kind for _, verdict in judged),
        "odd": [
            {"commit": commit, "path": printable(verdict.path), "kind": verdict.kind, "detail": verdict.detail}
            for commit, verdict in judged
            if verdict.kind in ODD
        ],
    }


def _as_text(judged: list[tuple[str, Verdict]]) -> str:
    count = Counter(verdict.kind for _, verdict in judged)
    odd = sorted(
        (verdict.kind, commit[:12], verdict.path, verdict.detail) for commit, verdict in judged if verdict.kind in ODD
    )
    lines = [f"{kind}: {printable(path)} {commit} {detail}".rstrip() for kind, commit, path, detail in odd[:SHOWN]]
    if len(odd) > SHOWN:
        lines.append(f"and {len(odd) - SHOWN} more")
    lines += [f"{count[kind]:6} {kind:12} {meaning}" for kind, meaning in MEANING.items()]
    return "\n".join([*lines, f"{len(judged):6} files of {len({commit for commit, _ in judged})} commits"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.replay.replay", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--json", action="store_true", help="print JSON")
    commands = parser.add_subparsers(dest="command", required=True)
    two = commands.add_parser("pair", help="two folders or files, before and after")
    two.add_argument("before", type=Path)
    two.add_argument("after", type=Path)
    past = commands.add_parser("history", help="the commits of a Git repository that look like Flux's")
    past.add_argument("repository", type=Path)
    past.add_argument("revision", nargs="?", default="HEAD")
    past.add_argument(
        "--looks-like", default=FLUX, help="what author, committer or subject match (default: %(default)s)"
    )
    past.add_argument("--commit", action="append", help="these commits instead; may be repeated")
    past.add_argument(
        "--limit", type=int, default=1000, help="at most so many commits, the newest (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
