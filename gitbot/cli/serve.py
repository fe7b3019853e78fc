"""`gitbot serve`: the long-running service."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from gitbot.cli.output import include_option


@click.command()
@click.option(
    "--config",
    "-c",
    "config_path",
    type=click.Path(path_type=Path),
    help="Configuration; $GITBOT_CONFIG or ./gitbot.yaml.",
)
@include_option
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Form of the log.")
def serve(config_path: Path | None, include: tuple[str, ...], log_format: str) -> int:
    """Run every automation on its interval until stopped; health and metrics over HTTP."""
    from gitbot import log
    from gitbot.service import serve as service

    log.set_up("json" if log_format == "json" else "text")
    return service.serve(config_path, lambda: datetime.now(UTC), include)  # noqa: TID251 - the command line is where the time comes from
