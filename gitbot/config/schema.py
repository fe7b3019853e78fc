"""The JSON Schema of the configuration, for editors and other tools."""

from __future__ import annotations

from typing import Any

from gitbot.config.models import Config


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the configuration file, made from the models."""
    schema = Config.model_json_schema(by_alias=True, mode="validation")
    # Loading fills in git.author, so the file need not say it at each automation.
    schema["$defs"]["Commit"]["required"].remove("author")
    schema["$defs"]["AutomationGit"]["required"].remove("commit")
    schema["$defs"]["Automation"]["required"].remove("git")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Configuration of gitbot",
        "description": "Everything gitbot reads from its configuration file; config.example.yaml shows each option.",
    }
