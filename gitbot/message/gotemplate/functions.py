"""Every function a message template may call, and why some that sprig has are not there."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.builtins import BUILTINS
from gitbot.message.gotemplate.function import Function, Table
from gitbot.message.gotemplate.sprig import (
    cases,
    casts,
    dates,
    dicts,
    encoding,
    json,
    lists,
    maths,
    paths,
    reflection,
    regex,
    strings,
    urls,
    versions,
)

_MODULES = (cases, casts, dates, dicts, encoding, json, lists, maths, paths, reflection, regex, strings, urls, versions)
_OWN = Table()

_CHANCE = "its result differs from run to run, and a message must not"
_OUTSIDE = "it reads what is outside the template, and Flux leaves it out too"
_KEYS = "it makes or reads keys and certificates, which do not belong in a message"
REFUSED: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(["ago", "bcrypt", "encryptAES", "htpasswd", "randInt", "shuffle"], _CHANCE)
    | dict.fromkeys(["randAlpha", "randAlphaNum", "randAscii", "randBytes", "randNumeric", "uuidv4"], _CHANCE)
    | dict.fromkeys(["date", "dateInZone", "dateModify", "date_in_zone", "date_modify", "now"], _OUTSIDE)
    | dict.fromkeys(["env", "expandenv", "getHostByName", "htmlDate", "htmlDateInZone"], _OUTSIDE)
    | dict.fromkeys(["buildCustomCert", "decryptAES", "genCA", "genCAWithKey", "genPrivateKey"], _KEYS)
    | dict.fromkeys(["genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey"], _KEYS)
)


@_OWN.define("fail", "string")
def fail(message: str) -> NoReturn:
    """End with this message."""
    raise GoError(message)


@functools.cache
def functions() -> Mapping[str, Function]:
    """Every function by name; sprig's stand in front of text/template's own of the same name."""
    found = dict(BUILTINS)
    for module in _MODULES:
        found.update(module.TABLE.functions)
    return MappingProxyType(found | _OWN.functions)


def refusal(name: str) -> str | None:
    """Why there is no function of this name; empty when it is simply not known, None when there is one."""
    if name in functions():
        return None
    return f"{name} is left out: {REFUSED[name]}" if name in REFUSED else ""
