"""How servers are verified, always: the system's authorities and those the user adds; and who we say we are."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from gitbot.errors import UsageError
from gitbot.secret import Secret


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate and its key in PEM; shown to the hosts the user named, never to one that a server named."""

    cert: str = field(repr=False)
    key: Secret = field(repr=False)


@lru_cache(maxsize=16)
def context(ca: str, client: ClientCertificate | None, *, alone: bool = False) -> ssl.SSLContext:
    """A context that verifies certificate and host name; `ca` (PEM) is added to the system's authorities.

    With `alone` it stands in their place. Raises UsageError for PEM text that cannot be used.
    """
    made = _bare() if ca and alone else ssl.create_default_context()
    if ca:
        try:
            made.load_verify_locations(cadata=ca)
        except (ssl.SSLError, ValueError) as error:
            raise UsageError("the certificates of the authority are not PEM", hint="give a file of PEM") from error
    if client:
        _identify(made, client)
    return made


def _bare() -> ssl.SSLContext:
    """A context that verifies and trusts nobody yet.

    Not as strict about extensions as Python 3.13's default: the authorities that many clusters made for themselves have no
    key identifier (Amazon's EKS among them). Any certificate that is given may be trusted, as in Go, not only a root.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return made


def _identify(made: ssl.SSLContext, client: ClientCertificate) -> None:
    """Load the client certificate; Python reads it from files alone, so it stands in a private folder for a moment."""
    with tempfile.TemporaryDirectory(prefix="gitbot-") as folder:
        cert, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
        key.touch(mode=0o600)
        key.write_text(client.key.reveal(), encoding="utf-8")
        cert.write_text(client.cert, encoding="utf-8")
        try:
            # An empty password keeps OpenSSL from asking on the terminal for that of an encrypted key.
            made.load_cert_chain(cert, key, password="")
        except (ssl.SSLError, ValueError, OSError) as error:
            raise UsageError(
                "the client certificate cannot be used: it is not PEM, its key is encrypted or of another certificate"
            ) from error
