"""config.example.yaml shows every option, loads, and agrees with the published schema; so do the fixtures."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import jsonschema
import pytest

from gitbot.config.document import documents
from gitbot.config.fields import Spec, format_duration
from gitbot.config.load import load
from gitbot.config.models import Config
from gitbot.config.schema import config_schema

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"


def models_in(annotation) -> set[type[Spec]]:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        below = {found for field in annotation.model_fields.values() for found in models_in(field.annotation)}
        return {annotation} | below
    return {found for part in get_args(annotation) for found in models_in(part)}


def written_keys(value, annotation, found: dict[type[Spec], set[str]]) -> None:
    """Collect which fields of which model a value uses."""
    for model in [annotation] if isinstance(annotation, type) and issubclass(annotation, Spec) else []:
        if isinstance(value, dict):
            found.setdefault(model, set()).update(value)
            for field in model.model_fields.values():
                if field.alias in value:
                    written_keys(value[field.alias], field.annotation, found)
    for part in get_args(annotation):
        for item in value if isinstance(value, list) else [value]:
            written_keys(item, part, found)


def test_the_example_loads():
    config = load(EXAMPLE)
    assert [automation.key for automation in config.automations] == ["default/fleet", "default/signed"]


def test_every_option_is_in_the_example():
    found: dict[type[Spec], set[str]] = {}
    written_keys(documents(EXAMPLE.read_text())[0].value, Config, found)
    missing = {
        f"{model.__name__}.{field.alias}"
        for model in models_in(Config)
        for field in model.model_fields.values()
        if field.alias not in found.get(model, set()) and f"{field.alias}:" not in comments()
    }
    assert missing <= {f"{model}.override" for model in ("ImageRepository", "Policy", "Automation")}


def comments() -> str:
    return "\n".join(line.partition("#")[2] for line in EXAMPLE.read_text().splitlines())


@pytest.mark.parametrize("section", ["git", "service"])
def test_the_defaults_shown_are_the_defaults(section):
    shown = documents(EXAMPLE.read_text())[0].value[section]
    model = Config.model_fields[section].annotation
    real = {field.alias: field.default for field in model.model_fields.values() if field.alias != "author"}
    durations = {
        field.alias for name, field in model.model_fields.items() if name.endswith(("time", "delay", "deadline"))
    }
    for key, default in real.items():
        want = (
            format_duration(default) if key in durations else list(default) if isinstance(default, tuple) else default
        )
        assert shown[key] == want, key


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(config_schema())


@pytest.mark.parametrize(
    "path", [EXAMPLE, *sorted((ROOT / "fixtures/config/ok").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_the_schema_takes_what_loads(path):
    tree = {key: value for key, value in documents(path.read_text())[0].value.items() if value is not None}
    assert [error.message for error in jsonschema.Draft202012Validator(config_schema()).iter_errors(tree)] == []


@pytest.mark.parametrize("name", ["keys", "kinds"])
def test_the_schema_refuses_unknown_keys_and_wrong_kinds(name):
    tree = documents((ROOT / f"fixtures/config/bad/{name}.yaml").read_text())[0].value
    assert list(jsonschema.Draft202012Validator(config_schema()).iter_errors(tree))
