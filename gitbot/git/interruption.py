"""A signal that arrives while a process is being started is answered as soon as somebody can end that process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


def hold() -> Callable[[], None]:
    """Hold SIGINT and SIGTERM back; what is returned lets them through again, once, and raises what their handlers raise.

    An exception raised inside `subprocess.Popen` loses the process that it has just made. The signal mask is no way to hold
    signals back: the process would inherit it. Only the main thread runs handlers, so in another there is nothing to do.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    handlers = {number: handler for number in _NUMBERS if callable(handler := signal.getsignal(number))}
    late: list[tuple[int, FrameType | None]] = []
    for number in handlers:
        signal.signal(number, lambda arrived, frame: late.append((arrived, frame)))

    def release() -> None:
        waiting = dict(handlers)
        handlers.clear()
        for number, handler in waiting.items():
            signal.signal(number, handler)
        while late:
            arrived, frame = late.pop(0)
            waiting[signal.Signals(arrived)](arrived, frame)

    return release
