"""`gitbot config check`: every mistake of the configuration, also those that only a run would meet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitbot.cli.output import include_option, output_option, print_json, problem_line
from gitbot.errors import ConfigError, GitbotError, Problem
from gitbot.printable import printable
from gitbot.secret import mask

if TYPE_CHECKING:
    from gitbot.config import document
    from gitbot.config.load import Loaded
    from gitbot.config.models import Automation, Config, Policy, Ref, SecretSource


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
        yield from _of_policy(loaded, ("policies", index), policy)
    for index, repository in enumerate(found.repositories):
        path: document.Path = ("repositories", index)
        yield from _of_ref(loaded, (*path, "ref"), repository.ref)
        for name in type(repository.auth).model_fields:
            yield from _of_secret(loaded, (*path, "auth", _alias(name)), getattr(repository.auth, name))
        if repository.proxy is not None:
            yield from _of_secret(loaded, (*path, "proxy", "password"), repository.proxy.password)
    for index, automation in enumerate(found.automations):
        yield from _of_automation(loaded, ("automations", index), automation)
    for name in found.results_from:
        if name != "-":
            yield from _of_results(found.base / name)


def _of_policy(loaded: Loaded, path: document.Path, policy: Policy) -> Iterator[Problem]:
    from gitbot.policies.filter import TagFilter
    from gitbot.policies.semver import parse_range

    semver, tags = policy.policy.semver, policy.filter_tags
    if semver is not None:
        yield from _tried(loaded, (*path, "policy", "semver", "range"), lambda: parse_range(semver.range))
    if tags is not None:
        yield from _tried(loaded, (*path, "filterTags"), lambda: TagFilter.of(tags.pattern, tags.extract))


def _of_ref(loaded: Loaded, path: document.Path, ref: Ref) -> Iterator[Problem]:
    from gitbot.policies.semver import parse_range

    wanted = ref.semver
    if wanted is not None:
        yield from _tried(loaded, (*path, "semver"), lambda: parse_range(wanted))


def _of_automation(loaded: Loaded, path: document.Path, automation: Automation) -> Iterator[Problem]:
    if automation.git.checkout is not None:
        yield from _of_ref(loaded, (*path, "git", "checkout", "ref"), automation.git.checkout.ref)
    if stalled := loaded.config.stalled_reason(automation):
        yield loaded.problem(path, f"stalled: {stalled}", severity="warning")
    commit = automation.git.commit
    key = "messageTemplate" if commit.message_template is not None else "messageTemplateFile"
    yield from _tried(loaded, (*path, "git", "commit", key), lambda: _render(loaded.config, automation))


def _render(found: Config, automation: Automation) -> None:
    from gitbot.config.templates import template_of
    from gitbot.message.render import check_template

    template = template_of(found, automation)
    values = automation.git.commit.message_template_values
    check_template(template.text, name=template.name, engine=template.engine, values=values)


def _of_secret(loaded: Loaded, path: document.Path, source: SecretSource | str | None) -> Iterator[Problem]:
    """A secret that is missing here may be there where gitbot runs: that is a warning."""
    from gitbot.config.references import reveal

    if source is None or isinstance(source, str):
        return
    try:
        reveal(source, loaded.config.base)
    except GitbotError as error:
        yield loaded.problem(path, error.message, severity="warning", hint=error.hint)


def _of_results(file: Path) -> Iterator[Problem]:
    from gitbot.policies.results import load_results

    try:
        yield from load_results([file], None).problems
    except ConfigError as error:
        yield from error.problems


def _tried(loaded: Loaded, path: document.Path, attempt: Callable[[], object]) -> Iterator[Problem]:
    try:
        attempt()
    except GitbotError as error:
        yield loaded.problem(path, error.message, hint=error.hint)


def _alias(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
