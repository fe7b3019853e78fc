"""Base64, base32, and checksums."""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable

from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.sprig.basecode import CorruptError, decode32, decode64
from gitbot.message.gotemplate.text import from_bytes, to_bytes
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

define("b64enc", "string")(lambda text: base64.b64encode(to_bytes(text)).decode("ascii"))
define("b32enc", "string")(lambda text: base64.b32encode(to_bytes(text)).decode("ascii"))
define("sha1sum", "string")(lambda text: hashlib.sha1(to_bytes(text), usedforsecurity=False).hexdigest())
define("sha256sum", "string")(lambda text: hashlib.sha256(to_bytes(text)).hexdigest())
define("sha512sum", "string")(lambda text: hashlib.sha512(to_bytes(text)).hexdigest())
define("adler32sum", "string")(lambda text: str(zlib.adler32(to_bytes(text))))


@define("b64dec", "string")
def b64dec(text: str) -> str:
    """The text that was encoded; for a malformed one, the words of Go's error, as sprig returns them."""
    return _decoded(text, decode64)


@define("b32dec", "string")
def b32dec(text: str) -> str:
    """The text that was encoded; for a malformed one, the words of Go's error, as sprig returns them."""
    return _decoded(text, decode32)


def _decoded(text: str, decode: Callable[[bytes], bytes]) -> str:
    try:
        return from_bytes(decode(to_bytes(text)))
    except CorruptError as error:
        return str(error)


# The Master Password algorithm, as sprig's derivePassword has it: templates of classes of characters.
_SEED = b"com.lyndir.masterpassword"
_KINDS = {
    "maximum": "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno",
    "long": "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv"
    " CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv"
    " CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno",
    "medium": "CvcnoCvc CvcCvcno",
    "short": "Cvcn",
    "basic": "aaanaaan aannaaan aaannaaa",
    "pin": "nnnn",
}
_CLASSES = {
    "C": "BCDFGHJKLMNPQRSTVWXYZ",
    "v": "aeiou",
    "c": "bcdfghjklmnpqrstvwxyz",
    "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
}
_COST = 25_000  # steps: a tenth of a second's work


@define("derivePassword", "uint32 string string string string")
def derive_password(counter: int, kind: str, password: str, user: str, site: str) -> str:
    """A site's password from a master password."""
    if kind not in _KINDS:
        return f"cannot find password template {kind}"
    meter().step(_COST)
    salt = _SEED + len(to_bytes(user)).to_bytes(4, "big") + to_bytes(user)
    key = hashlib.scrypt(to_bytes(password), salt=salt, n=32768, r=8, p=2, maxmem=1 << 27, dklen=64)
    message = _SEED + len(to_bytes(site)).to_bytes(4, "big") + to_bytes(site) + int(counter).to_bytes(4, "big")
    seed = hmac.new(key, message, "sha256").digest()
    shapes = _KINDS[kind].split()
    shape = shapes[seed[0] % len(shapes)]
    return "".join(_CLASSES[name][seed[at] % len(_CLASSES[name])] for at, name in enumerate(shape, start=1))
