"""Logging, set up once: text for people, JSON for machines; every line masked, whatever it holds."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Literal

from gitbot.printable import printable
from gitbot.secret import mask, masked

Format = Literal["text", "json"]
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def set_up(form: Format = "text", level: int = logging.INFO) -> None:
    """Send gitbot's log to standard error in this form; foreign loggers only when they warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gitbot").setLevel(level)


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in record.__dict__.items() if key not in _STANDARD and not key.startswith("_")}


class _Text(logging.Formatter):
    """`2026-01-02T03:04:05Z INFO message key=value`, one printable line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in _extra(record).items())
        line = printable(f"{record.getMessage()}{fields}", 4000)
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return mask(f"{_when(self, record)} {record.levelname} {line}{trace}")


class _Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        row: dict[str, object] = {
            "time": _when(self, record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        row |= {
            key: value if isinstance(value, int | float | bool) else str(value) for key, value in _extra(record).items()
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(masked(row), ensure_ascii=False)


def _when(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    formatter.converter = _utc
    return formatter.formatTime(record, "%Y-%m-%dT%H:%M:%S") + "Z"


_utc = time.gmtime
