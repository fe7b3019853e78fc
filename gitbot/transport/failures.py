"""What the HTTP library raises, in the words and kinds that callers handle."""

from __future__ import annotations

import socket
import ssl

import httpcore2

from gitbot.errors import GitbotError, Refused, Unavailable
from gitbot.printable import printable
from gitbot.secret import mask
from gitbot.transport.call import NoConnection

_CONNECT = (httpcore2.ConnectError, httpcore2.ConnectTimeout)
_BROKEN = (httpcore2.NetworkError, httpcore2.RemoteProtocolError, httpcore2.TimeoutException, OSError)


def translate(error: Exception, place: str) -> GitbotError:
    """The gitbot error for what went wrong in a call at `place` (`GET https://host/path`)."""
    if isinstance(error, GitbotError):
        # A deadline or an address rule spoke from inside the library; it did not know where.
        return type(error)(f"{place}: {error.message}", hint=error.hint, reason=error.reason)
    cause = _root(error)
    if isinstance(cause, ssl.SSLError) and (refusal := _handshake(cause, place)):
        return refusal
    if isinstance(error, httpcore2.ProxyError):
        return _proxy(error, place)
    if isinstance(error, httpcore2.LocalProtocolError | httpcore2.UnsupportedProtocol):
        # Not in the library's words: they quote the header.
        return Refused(f"{place}: the request cannot be sent: the URL or a header is malformed")
    if isinstance(error, _CONNECT):
        return NoConnection(f"{place}: no connection: {_words(cause)}")
    if isinstance(error, _BROKEN):
        return Unavailable(f"{place}: the connection broke: {_words(cause)}")
    raise error


def _handshake(cause: ssl.SSLError, place: str) -> Refused | None:
    """What one side refused in the handshake, which trying again does not mend."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = printable(cause.verify_message, 200)
        return Refused(f"{place}: its certificate is not trusted: {why}", hint="give the authority's certificate as ca")
    if "ALERT" in (cause.reason or ""):
        hint = "it may want a client certificate: give cert and key"
        return Refused(f"{place}: the server refused us: {_words(cause)}", hint=hint)
    return None


def _proxy(error: Exception, place: str) -> GitbotError:
    words = _words(error)
    if words.startswith(("401", "403", "407")):
        return Refused(f"{place}: the proxy refused: {words}", hint="check user name and password of the proxy")
    return Unavailable(f"{place}: the proxy could not connect: {words}")


def _root(error: BaseException) -> BaseException:
    """The error of the operating system or of TLS below the library's, which carries it as its argument."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return error


def _words(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return f"the name does not resolve ({error.strerror})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({printable(error.reason or str(error), 100)})"
    if isinstance(error, TimeoutError | httpcore2.TimeoutException):
        return "timed out"
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return mask(printable(words or type(error).__name__, 200))
