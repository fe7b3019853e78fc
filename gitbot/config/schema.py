"""The JSON Schema of the configuration, for editors and other tools."""

from __future__ import annotations

from typing import Any

from gitbot.config.fields import format_duration
from gitbot.config.models import Config

_ONE_OF = ("SecretSource", "PolicyChoice")
_OVERRIDING = ("Repository", "ImageRepository", "Policy", "Automation")


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the configuration file, made from the models."""
    schema = Config.model_json_schema(by_alias=True, mode="validation")
    definitions = schema["$defs"]
    # Loading fills in git.author, so the file need not say it at each automation.
    for name, key in (("Commit", "author"), ("AutomationGit", "commit"), ("Automation", "git")):
        definitions[name]["required"].remove(key)
    for name in _OVERRIDING:
        definitions[name] |= _needed(definitions[name]["required"])
    for name in _ONE_OF:
        definitions[name] |= {"minProperties": 1, "maxProperties": 1}
    for model in (schema, *definitions.values()):
        model["properties"] = {key: _property(value) for key, value in model["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Configuration of gitbot",
        "description": "Everything gitbot reads from its configuration file; config.example.yaml shows each option.",
    }


def _needed(required: list[str]) -> dict[str, Any]:
    """What an item needs: with `override: true` the included manifest has the rest."""
    overriding = {"required": ["override"], "properties": {"override": {"const": True}}}
    return {"required": ["name"], "if": overriding, "else": {"required": [key for key in required if key != "name"]}}


def _property(value: dict[str, Any]) -> dict[str, Any]:
    """One option without what says nothing, its default as a user would write it."""
    shown = {key: part for key, part in value.items() if key != "title" and (key, part) != ("default", None)}
    if isinstance(shown.get("default"), float) and shown.get("type") == "string":
        shown["default"] = format_duration(shown["default"])
    return shown
