"""An answer that is read line by line while it arrives, for as long as the deadline lets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import httpcore2

from gitbot.errors import Refused, Unavailable
from gitbot.transport.call import Answer, Call, Deadline
from gitbot.transport.exchange import Headers, body_of, headers_of, opened, under


class Lines:
    """The answer of one call: its lines without their ends, none when it reports an error (then `answer` has its body)."""

    def __init__(self, call: Call, deadline: Deadline) -> None:
        self._call = call
        self._deadline = deadline
        self._held = ExitStack()
        self._response: httpcore2.Response | None = None
        self.answer = Answer(status=0, headers=(), body=b"", url=call.url)

    def open(self, pool: httpcore2.ConnectionPool, headers: Headers) -> None:
        """Send the call and read the status, the headers, and the body of an answer that is no success."""
        with under(self._deadline, self._call):
            response = self._held.enter_context(opened(pool, self._call, headers, self._deadline))
            answered = headers_of(response)
            body = b"" if response.status == 200 else body_of(self._call, response, dict(answered))
            if response.status == 200:
                self._response = response
        self.answer = Answer(status=response.status, headers=answered, body=body, url=self._call.url)

    def close(self) -> None:
        """Give the connection back; one that is not read to its end is closed."""
        with under(self._deadline, self._call):
            self._held.close()

    def __iter__(self) -> Iterator[bytes]:
        """The lines as they arrive.

        Raises Unavailable when the connection breaks, also within a line, or time is up; Refused for a line above
        `call.max_bytes`.
        """
        rest, most = b"", self._call.max_bytes
        for chunk in self._chunks():
            *whole, last = chunk.split(b"\n")
            for number, line in enumerate(whole):
                yield self._bounded((rest + line) if number == 0 else line, most)
            rest = self._bounded(last if whole else rest + last, most)
        if rest:
            raise Unavailable(f"{self._call.place}: the connection broke within a line")

    def _chunks(self) -> Iterator[bytes]:
        if self._response is None:
            return
        chunks = self._response.iter_stream()
        while True:
            # The deadline is set for each read alone: between two of them the reader does what it likes.
            with under(self._deadline, self._call):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def _bounded(self, line: bytes, most: int) -> bytes:
        if len(line) > most:
            raise Refused(f"{self._call.place}: a line of the answer is longer than {most:,} bytes")
        return line.removesuffix(b"\r")
