"""`gitbot schema`: the JSON Schemas of what gitbot reads and writes."""

from __future__ import annotations

import click

from gitbot.cli.output import print_json


@click.group()
def schema() -> None:
    """Print the JSON Schema of the configuration or of the result."""


@schema.command()
def config() -> int:
    """Print the JSON Schema of the configuration file."""
    from gitbot.config.schema import config_schema

    print_json(config_schema())
    return 0


@schema.command()
def result() -> int:
    """Print the JSON Schema of what `apply`, `plan` and `run` say they changed."""
    from gitbot.plan.schema import result_schema

    print_json(result_schema())
    return 0
