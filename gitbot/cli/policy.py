"""`gitbot policy`: try a policy on given tags."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitbot.cli.output import include_option, output_option, print_json
from gitbot.errors import GitbotError, UsageError
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from gitbot.policies.alphabetical import Direction
    from gitbot.policies.candidates import Ordering
    from gitbot.policies.elect import Explanation, TagPolicy

_MOST_BYTES = 32 * 1024 * 1024
_MOST_TAGS = 200_000
_DIRECTIONS: dict[str, Direction] = {"asc": "asc", "desc": "desc", "": "asc"}  # as in Flux: none is asc


@click.group()
def policy() -> None:
    """Try a policy on given tags."""


@policy.command()
@click.option("--semver", metavar="RANGE", help="Elect the greatest version in this range.")
@click.option("--alphabetical", metavar="asc|desc", help="Elect the last (asc) or the first (desc) in byte order.")
@click.option("--numerical", metavar="asc|desc", help="Elect the greatest (asc) or the smallest (desc) number.")
@click.option("--filter", "pattern", metavar="PATTERN", help="Keep the tags this regular expression (RE2) matches.")
@click.option("--extract", metavar="TEMPLATE", help="What to compare, from the match: $1, $name, ${name}.")
@click.option("--exclude", metavar="REGEX", multiple=True, help="Leave out the tags it matches; may be repeated.")
@click.option(
    "--tags-file", default="-", metavar="FILE|-", show_default=True, help="Tags, one a line; - is standard input."
)
@output_option
def test(tags_file: str, output: str, **chosen: Any) -> int:
    """Say which tag a policy elects from the tags in a file, and why each other tag is not elected.

    Exit code 0: a tag is elected; 1: none is; 2: a range, a pattern or an option is wrong.
    """
    from gitbot.policies.elect import elect

    explanation = elect(_read_tags(tags_file), _policy(**chosen))
    if output == "json":
        print_json(explanation.as_dict())
    else:
        _print_text(explanation)
    sys.stdout.flush()  # so that warnings stand after the table in one stream too
    for warning in explanation.warnings:
        sys.stderr.write(mask(f"gitbot: warning: {printable(warning, 1000)}\n"))
    if explanation.failure:
        raise GitbotError(f"no tag is elected: {printable(explanation.failure, 2000)}")
    return 0


def _policy(
    *, pattern: str | None, extract: str | None, exclude: tuple[str, ...], **orderings: str | None
) -> TagPolicy:
    from gitbot.policies.elect import TagPolicy
    from gitbot.policies.filter import TagFilter
    from gitbot.policies.pattern import compile_pattern

    wanted = None if pattern is None and extract is None else TagFilter.of(pattern or "", extract or "")
    excluded = tuple(compile_pattern(text) for text in exclude)
    return TagPolicy(ordering=_ordering(orderings), filter=wanted, exclude=excluded)


def _ordering(orderings: dict[str, str | None]) -> Ordering:
    given = {name: value for name, value in orderings.items() if value is not None}
    if len(given) != 1:
        raise UsageError(
            "exactly one of --semver, --alphabetical and --numerical is needed",
            hint="for example: gitbot policy test --semver '1.x' --tags-file tags.txt",
        )
    (name, value), *_ = given.items()
    if name == "semver":
        from gitbot.policies.semver import Semver

        return Semver.of(value)
    if value.lower() not in _DIRECTIONS:
        raise UsageError(f"--{name} {printable(value)}: want asc or desc")
    from gitbot.policies.alphabetical import Alphabetical
    from gitbot.policies.numerical import Numerical

    kind = Alphabetical if name == "alphabetical" else Numerical
    return kind(_DIRECTIONS[value.lower()])


def _read_tags(source: str) -> list[str]:
    """Read tags, one a line. Empty lines are no tags; bytes that are not UTF-8 stay, for the election to report."""
    try:
        if source == "-":
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the tags from {printable(source)}: {error.strerror}") from error
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if len(data) > _MOST_BYTES or len(lines) > _MOST_TAGS:
        raise UsageError(f"{printable(source)} is too long: at most {_MOST_TAGS:,} tags in {_MOST_BYTES >> 20} MiB")
    if all(line.endswith(b"\r") for line in lines[:-1]):  # a file of Windows, not a tag that ends so
        lines = [line.removesuffix(b"\r") for line in lines]
    return [line.decode("utf-8", "surrogateescape") for line in lines if line]


def _print_text(explanation: Explanation) -> None:
    from gitbot.cli.table import print_table
    from gitbot.policies.candidates import tag_text

    rows = [
        ("*" if place == 1 else "", candidate.tag, candidate.key, _place(place, explanation))
        for place, candidate in enumerate(explanation.ranked, 1)
    ]
    if explanation.winner is None:
        rows = [("", tag, key, why) for _, tag, key, why in rows]
    rows += [("", tag_text(entry.tag), "", entry.reason) for entry in explanation.dropped]
    if rows:
        print_table(("", "TAG", "COMPARED AS", "WHY"), rows)


def _place(place: int, explanation: Explanation) -> str:
    if explanation.winner is None:
        return "kept"
    return "elected" if place == 1 else f"kept, place {place}"


@policy.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--config", "-c", "config", type=click.Path(path_type=Path), help="Configuration; $GITBOT_CONFIG or ./gitbot.yaml."
)
@include_option
@output_option
def resolve(names: tuple[str, ...], config: Path | None, include: tuple[str, ...], output: str) -> int:
    """Show what the configured policies elect now, asking their registries. Changes and remembers nothing.

    Exits 1 when a policy elects nothing.
    """
    from gitbot.cli import elections
    from gitbot.cli.output import print_problems
    from gitbot.cli.table import print_table

    with elections.asked(config, include) as (found, resolved):
        shown = [elections.facts(key, resolved) for key in elections.chosen(resolved, names)]
        print_problems((*found.aside.problems, *resolved.problems))
    if output == "json":
        print_json({"policies": shown})
    else:
        rows = [(one["policy"], one["image"] or "-", one.get("reason", "")) for one in shown]
        print_table(("POLICY", "IMAGE", "REASON"), rows)
    return int(any(one["image"] is None and one["reason"] != "it is suspended" for one in shown))
