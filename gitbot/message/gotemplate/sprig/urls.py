"""URLs, taken apart and put together as net/url does."""

from __future__ import annotations

import re
from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.text import from_bytes, quote, to_bytes
from gitbot.message.gotemplate.types import GoMap, kind_of

TABLE = Table()
define = TABLE.define

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})(.{0,2})", re.DOTALL)
_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
_IN_PATH = frozenset((_SAFE + "$&+,/:;=@").encode())
_IN_USER = frozenset((_SAFE + "$&+,;=").encode())
_IN_FRAGMENT = frozenset((_SAFE + "$&+,/:;=?@!()*").encode())
_IN_HOST = frozenset((_SAFE + "!$&'()*+,;=:[]<>\"").encode())
_PORT = re.compile(r"(?::[0-9]*)?")


@define("urlParse", "string")
def parse(text: str) -> GoMap:
    """The parts of a URL, each under its name."""
    try:
        return GoMap(_parsed(text))
    except ValueError as error:
        raise GoError(f"unable to parse url: parse {quote(text)}: {error}") from None


def _parsed(text: str) -> dict[str, Any]:
    if any(char < " " or char == "\x7f" for char in text):
        raise ValueError("net/url: invalid control character in URL")
    rest, _, fragment = text.partition("#")
    found = _SCHEME.match(rest)
    if rest.startswith(":"):
        raise ValueError("missing protocol scheme")
    scheme = found[1].lower() if found else ""
    rest = rest[found.end() :] if found else rest
    rest, _, query = rest.partition("?")
    parts = {"scheme": scheme, "query": query, "fragment": _unescaped(fragment), "opaque": ""}
    if scheme and not rest.startswith("/"):
        return parts | {"opaque": rest, "host": "", "hostname": "", "path": "", "userinfo": ""}
    if not scheme and ":" in rest.partition("/")[0]:
        raise ValueError("first path segment in URL cannot contain colon")
    authority, path = "", rest
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        path = slash + path
    return parts | _authority(authority) | {"path": _unescaped(path)}


def _authority(text: str) -> dict[str, Any]:
    user, _, host = text.rpartition("@")
    name, colon, password = user.partition(":")
    shown = _escaped(_unescaped(name), _IN_USER) + colon + _escaped(_unescaped(password), _IN_USER)
    host = _host(host)
    return {"host": host, "hostname": _hostname(host), "userinfo": shown}


def _host(text: str) -> str:
    if text.startswith("["):
        end = text.find("]")
        if end < 0:
            raise ValueError("missing ']' in host")
        if not _PORT.fullmatch(text[end + 1 :]):
            raise ValueError(f"invalid port {quote(text[end + 1 :])} after host")
        return text
    name, colon, port = text.rpartition(":")
    if colon and not _PORT.fullmatch(colon + port):
        raise ValueError(f"invalid port {quote(colon + port)} after host")
    if any(char.isascii() and ord(char) not in _IN_HOST and char != "%" for char in name or text):
        bad = next(char for char in name or text if char.isascii() and ord(char) not in _IN_HOST)
        raise ValueError(f"invalid character {quote(bad)} in host name")
    return _unescaped(text)


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1 : host.find("]")]
    name, colon, _ = host.rpartition(":")
    return name if colon else host


def _unescaped(text: str) -> str:
    bad = _PERCENT.search(text)
    if bad:
        raise ValueError(f"invalid URL escape {quote(bad[0][:3])}")
    if "%" not in text:
        return text
    return from_bytes(re.sub(rb"%(..)", lambda found: bytes([int(found[1], 16)]), to_bytes(text), flags=re.DOTALL))


def _escaped(text: str, kept: frozenset[int]) -> str:
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in to_bytes(text))


@define("urlJoin", "dict")
def join(parts: GoMap) -> str:
    """The URL made of these parts."""
    found = {name: _part(parts, name) for name in ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")}
    text = f"{found['scheme']}:" if found["scheme"] else ""
    if found["opaque"]:
        text += found["opaque"]
    else:
        text += _location(found)
    text += f"?{found['query']}" if found["query"] else ""
    return text + (f"#{_escaped(found['fragment'], _IN_FRAGMENT)}" if found["fragment"] else "")


def _location(found: dict[str, str]) -> str:
    path = _escaped(found["path"], _IN_PATH)
    text = ""
    if found["scheme"] or found["host"] or found["userinfo"]:
        if found["host"] or found["path"] or found["userinfo"]:
            text = "//"
        text += f"{_user(found['userinfo'])}@" if found["userinfo"] else ""
        text += _escaped(found["host"], _IN_HOST)
    if path and not path.startswith("/") and found["host"]:
        return f"{text}/{path}"
    if not text and ":" in path.partition("/")[0]:
        return f"./{path}"
    return text + path


def _user(text: str) -> str:
    try:
        return str(_parsed(f"proto://{text}@host")["userinfo"])
    except ValueError as error:
        raise GoError(f"unable to parse userinfo in dict: {error}") from None


def _part(parts: GoMap, name: str) -> str:
    value = parts.items.get(name, "")
    if not isinstance(value, str):
        raise GoError(f"unable to parse {name} key, must be of type string, but {kind_of(value)} found")
    return value
