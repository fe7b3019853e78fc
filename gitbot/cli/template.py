"""`gitbot template`: try a message template on a result, without a repository."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from gitbot.errors import GitbotError
from gitbot.secret import mask

engine_option = click.option(
    "--engine", type=click.Choice(["jinja", "go"]), default=None, help="Language of the template; else by its suffix."
)
values_option = click.option(
    "--values",
    "values_file",
    type=click.Path(path_type=Path),
    help="JSON or YAML mapping of the template's own values.",
)


@click.group()
def template() -> None:
    """Render a commit message template, or check one."""


@template.command()
@click.argument("file", type=click.Path(path_type=Path))
@engine_option
@click.option(
    "--result",
    "result_file",
    required=True,
    type=click.Path(path_type=Path),
    help="JSON of `apply`, or the `result` of `plan` or `run`.",
)
@values_option
@click.option("--automation", default="default/example", help="What the template sees as the automation: NS/NAME.")
def render(file: Path, engine: str | None, result_file: Path, values_file: Path | None, automation: str) -> int:
    """Print the text of template FILE (a path, or the name of a shipped template) for a result, and nothing else."""
    from gitbot.message.render import compile_message
    from gitbot.message.result import context_from_json

    context = context_from_json(_json(result_file), automation=_checked_name(automation), values=_values(values_file))
    compiled = compile_message(_text(_found(file)), name=file.name, engine=_engine(file, engine))
    sys.stdout.write(mask(compiled.render(context)))
    return 0


@template.command()
@click.argument("file", type=click.Path(path_type=Path))
@engine_option
@values_option
def check(file: Path, engine: str | None, values_file: Path | None) -> int:
    """Compile template FILE and render it on sample data, as is done when a configuration is loaded."""
    from gitbot.message.render import check_template

    check_template(_text(_found(file)), name=file.name, engine=_engine(file, engine), values=_values(values_file))
    sys.stdout.write(f"{file.name}: ok\n")
    return 0


def _engine(file: Path, given: str | None) -> Any:
    if given is not None:
        return given
    engine = {".j2": "jinja", ".jinja": "jinja", ".jinja2": "jinja", ".tmpl": "go", ".gotmpl": "go"}.get(file.suffix)
    if engine is None:
        raise click.UsageError(
            f"the language of {file.name} does not show in its suffix: add --engine jinja or --engine go"
        )
    return engine


def _found(file: Path) -> Path:
    """The file itself, or the shipped template of that name."""
    if file.exists() or len(file.parts) > 1:
        return file
    from gitbot.config.shipped import shipped

    ours = shipped("commit_templates") / file.name
    return ours if ours.exists() else file


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise GitbotError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise GitbotError(f"{path} is not UTF-8: byte {error.start}") from error


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise GitbotError(f"{path} is not JSON: {error}") from error
    except RecursionError:
        raise GitbotError(f"{path} is too deeply nested") from None


def _values(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        values = YAML(typ="safe", pure=True).load(_text(path))
    except YAMLError as error:
        raise GitbotError(f"{path} is not JSON or YAML: {error}") from error
    except RecursionError:
        raise GitbotError(f"{path} is too deeply nested") from None
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(item, str) for pair in values.items() for item in pair):
        raise GitbotError(f"{path} must be a mapping of names to texts", hint="quote numbers and booleans")
    return values


def _checked_name(automation: str) -> str:
    if automation.count("/") != 1:
        raise click.UsageError(f"--automation {automation}: want NAMESPACE/NAME")
    return automation
