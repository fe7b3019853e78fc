"""The command group: every command is imported only when it is called, so that start-up stays short."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

import click

from gitbot import __version__
from gitbot.cli.boundary import exit_code_of

# command → module.attribute; the help line is here so that `gitbot --help` imports no command.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("gitbot.cli.run.run", "Update, commit and push once: the mode for CI and cron."),
    "plan": ("gitbot.cli.run.plan", "Show what `run` would do: diff, message, problems."),
    "apply": ("gitbot.cli.apply.apply", "Edit marked files of a folder in place, without Git."),
    "lint": ("gitbot.cli.lint.lint", "Find markers that cannot work."),
    "explain": ("gitbot.cli.explain.explain", "Say why a field is or is not changed, or a tag elected."),
    "policy": ("gitbot.cli.policy.policy", "Try a policy on given tags, or resolve the configured ones."),
    "template": ("gitbot.cli.template.template", "Render a commit message template."),
    "demo": ("gitbot.cli.demo.demo", "Make an example repository and run gitbot on it."),
    "serve": ("gitbot.cli.serve.serve", "Run as a service: every automation on its interval."),
    "status": ("gitbot.cli.status.status", "Show the recorded status of the automations."),
    "history": ("gitbot.cli.status.history", "Show past runs and what they changed."),
    "config": ("gitbot.cli.config.config", "Check the configuration."),
    "schema": ("gitbot.cli.schema.schema", "Print the JSON Schema of the configuration or of the result."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].rpartition(".")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list for `--help`, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="gitbot %(version)s")
def gitbot() -> None:
    """Keep image references in Git repositories up to date, byte for byte."""


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 usage, 3 changes found, 70 a bug, 130 interrupted."""
    return exit_code_of(lambda: gitbot.main(args=list(argv), prog_name="gitbot", standalone_mode=False))
