"""The one boundary where errors become words and exit codes: yours, interrupted, and our bug are told apart."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from gitbot.errors import GitbotError
from gitbot.printable import printable
from gitbot.secret import mask

INTERRUPTED = 130
BUG = 70
# What a machine lacks, whatever program asks: space, descriptors, memory, a disk that can be written.
_MACHINE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EAGAIN,
    }
)


def exit_code_of(command: Callable[[], Any]) -> int:
    """Run a command; what it returns or raises becomes the exit code, an error one message on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal cannot show is escaped; both streams into one file keep their order.
            stream.reconfigure(errors="backslashreplace", line_buffering=True)
    try:
        result = command()
        sys.stdout.flush()
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
    except Exception as error:  # noqa: BLE001 - the last resort
        return _unforeseen(error)
    return result if isinstance(result, int) else 0


def _unforeseen(error: Exception) -> int:
    """A reader that has gone, a machine that lacks something, or our bug: that is shown whole, with every secret masked."""
    if isinstance(error, BrokenPipeError):
        _give_up_output()
        return 0
    if isinstance(error, OSError) and error.errno in _MACHINE:
        _give_up_output()
        place = f": {printable(str(error.filename))}" if error.filename else ""
        say_error(GitbotError(f"{error.strerror}{place}", hint="this machine is short of something; run again later"))
        return 1
    sys.stderr.write(mask("".join(traceback.format_exception(error))))
    sys.stderr.write("gitbot: this is a bug in gitbot; please report it with the lines above\n")
    return BUG


def _give_up_output() -> None:
    """Let what standard output still holds go nowhere: Python writes it once more at its end, and would exit with 120."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say_error(error: GitbotError) -> None:
    """One error for a person: the message, then what to do next."""
    sys.stderr.write(mask(f"gitbot: {error.message}\n"))
    if error.hint:
        sys.stderr.write(mask(f"  hint: {error.hint}\n"))
