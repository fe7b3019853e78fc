"""The one boundary where errors become words and exit codes: yours, interrupted, and our bug are told apart."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from gitbot.errors import GitbotError
from gitbot.secret import mask

INTERRUPTED = 130
BUG = 70


def exit_code_of(command: Callable[[], Any]) -> int:  # noqa: PLR0911 - one return an ending
    """Run a command; what it returns or raises becomes the exit code, an error one message on standard error."""
    try:
        result = command()
    except GitbotError as error:
        say_error(error)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):  # click makes the second the first
        sys.stderr.write("gitbot: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception:  # noqa: BLE001 - the last resort: a bug is shown whole, with every secret masked
        sys.stderr.write(mask(traceback.format_exc()))
        sys.stderr.write("gitbot: this is a bug in gitbot; please report it with the lines above\n")
        return BUG
    return result if isinstance(result, int) else 0


def say_error(error: GitbotError) -> None:
    """One error for a person: the message, then what to do next."""
    sys.stderr.write(mask(f"gitbot: {error.message}\n"))
    if error.hint:
        sys.stderr.write(mask(f"  hint: {error.hint}\n"))
