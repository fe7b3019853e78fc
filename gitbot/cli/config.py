"""`gitbot config check`: every mistake of the configuration, also those that only a run would meet."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitbot.cli.output import include_option, output_option, print_json, problem_line
from gitbot.cli.policy_checks import of_auth, of_image, of_policy, tried
from gitbot.errors import ConfigError, Problem
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from gitbot.config import document
    from gitbot.config.load import Loaded
    from gitbot.config.models import Automation, Config, Ref


@click.group()
def config() -> None:
    """Look at the configuration."""


@config.command()
@click.option(
    "--config", "-c", "path", type=click.Path(path_type=Path), help="Configuration; $GITBOT_CONFIG or ./gitbot.yaml."
)
@include_option
@output_option
def check(path: Path | None, include: tuple[str, ...], output: str) -> int:
    """Check the configuration: print every mistake with its place. Exits 2 on a mistake, 0 on warnings.

    Of included manifests it also names each field that is not honoured as Flux does. Repositories are not asked.
    """
    from gitbot.config.load import Wanted, config_path, load_with_places

    counted, hint = "", ""
    try:
        loaded = load_with_places(Wanted(path=path, include=include))
    except ConfigError as error:
        problems, hint = error.problems, error.hint
    else:
        problems = tuple(sorted((*loaded.problems, *_further(loaded))))
        counted = _counted(loaded.config)
    wrong = any(problem.severity == "error" for problem in problems)
    if output == "json":
        print_json(
            {"path": str(config_path(path)), "valid": not wrong, "problems": [item.as_dict() for item in problems]}
        )
    else:
        _say(config_path(path), problems, hint, counted)
    return 2 if wrong else 0


def _say(path: Path, problems: tuple[Problem, ...], hint: str, counted: str) -> None:
    for problem in problems:
        sys.stdout.write(mask(_line(problem)) + "\n")
    if hint:
        sys.stdout.write(f"  hint: {hint}\n")
    errors = sum(problem.severity == "error" for problem in problems)
    if errors:
        sys.stdout.write(f"{printable(str(path))}: {errors} mistake{'s' * (errors != 1)}\n")
    else:
        sys.stdout.write(f"{printable(str(path))}: no mistakes ({counted})\n")


def _line(problem: Problem) -> str:
    from dataclasses import replace

    shown = f"{problem.key_path}: {problem.message}" if problem.key_path else problem.message
    return problem_line(replace(problem, message=shown))


def _counted(found: Config) -> str:
    sizes = (
        (len(found.repositories), "repository", "repositories"),
        (len(found.policies), "policy", "policies"),
        (len(found.automations), "automation", "automations"),
    )
    return ", ".join(f"{size} {one if size == 1 else many}" for size, one, many in sizes)


def _further(loaded: Loaded) -> Iterator[Problem]:
    """What loading does not see, because it needs what is built on it: ranges, patterns, templates, secrets, results."""
    found = loaded.config
    for index, policy in enumerate(found.policies):
        yield from of_policy(loaded, ("policies", index), policy)
    for index, image in enumerate(found.images):
        yield from of_image(loaded, ("images", index), image)
    for index, repository in enumerate(found.repositories):
        path: document.Path = ("repositories", index)
        yield from _of_ref(loaded, (*path, "ref"), repository.ref)
        yield from of_auth(loaded, path, repository.auth, repository.proxy)
    for index, automation in enumerate(found.automations):
        yield from _of_automation(loaded, ("automations", index), automation)
    for name in found.results_from:
        if name != "-":
            yield from _of_results(found.base / name)


def _of_ref(loaded: Loaded, path: document.Path, ref: Ref) -> Iterator[Problem]:
    from gitbot.policies.semver import parse_range

    wanted = ref.semver
    if wanted is not None:
        yield from tried(loaded, (*path, "semver"), lambda: parse_range(wanted))


def _of_automation(loaded: Loaded, path: document.Path, automation: Automation) -> Iterator[Problem]:
    if automation.git.checkout is not None:
        yield from _of_ref(loaded, (*path, "git", "checkout", "ref"), automation.git.checkout.ref)
    if stalled := loaded.config.stalled_reason(automation):
        yield loaded.problem(path, f"stalled: {stalled}", severity="warning")
    commit = automation.git.commit
    key = "messageTemplate" if commit.message_template is not None else "messageTemplateFile"
    yield from tried(loaded, (*path, "git", "commit", key), lambda: _render(loaded.config, automation))


def _render(found: Config, automation: Automation) -> None:
    from gitbot.config.templates import template_of
    from gitbot.message.render import check_template

    template = template_of(found, automation)
    values = automation.git.commit.message_template_values
    check_template(template.text, name=template.name, engine=template.engine, values=values)


def _of_results(file: Path) -> Iterator[Problem]:
    from gitbot.policies.results import load_results

    try:
        yield from load_results([file], None).problems
    except ConfigError as error:
        yield from error.problems
