"""What pydantic found wrong, in our words: the path of keys, what is wanted, and the key that may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, get_args

from pydantic_core import ErrorDetails

from gitbot.config.automation import Automation, Commit
from gitbot.config.document import Path
from gitbot.config.fields import Spec
from gitbot.config.models import Config
from gitbot.config.policy import ImageRepository, Policy
from gitbot.config.repository import Auth, Repository
from gitbot.printable import printable


class Mistake(NamedTuple):
    """One thing that is wrong: where, by its path of keys, and what."""

    path: Path
    message: str


_LATER = "is not available in this version of gitbot"
_NO_SECRETS = "names a Kubernetes Secret, which this version cannot read; give {env: NAME} or {file: PATH} in auth"

# Keys that Flux's objects have, or that later versions of gitbot will: they get an answer instead of "unknown".
RESERVED: Mapping[type[Spec], Mapping[str, str]] = {
    Config: {"mirrors": _LATER, "notifications": _LATER, "kubernetes": _LATER},
    Repository: {
        "secretRef": _NO_SECRETS,
        "proxySecretRef": "names a Kubernetes Secret, which this version cannot read; use proxy",
        "serviceAccountName": _LATER,
        "verify": "is not honoured: gitbot verifies no signatures of the source; take it out to go on without",
        "interval": "has no meaning here: a repository is looked at whenever one of its automations runs",
        "suspend": "has no meaning here: suspend the automation",
        "ignore": "has no meaning here: use update.exclude of the automation",
        "include": "has no meaning here: other repositories are never mixed in",
        "recurseSubmodules": "has no meaning here: submodules are never followed",
        "sparseCheckout": "has no meaning here: nothing is checked out",
    },
    ImageRepository: {
        "secretRef": _NO_SECRETS,
        "certSecretRef": _NO_SECRETS,
        "proxySecretRef": "names a Kubernetes Secret, which this version cannot read; use proxy",
        "serviceAccountName": _LATER,
        "accessFrom": "has no meaning here: every policy may use every image",
    },
    Policy: {
        "mirror": _LATER,
        "fixed": "belongs under policy: write policy: {fixed: …}",
        "semver": "belongs under policy: write policy: {semver: …}",
    },
    Automation: {
        "metadata": "is not written here: name and namespace stand beside interval",
        "spec": "is not written here",
    },
    Commit: {"message": "is called messageTemplate"},
    Auth: {"bearerToken": "is called token", "known_hosts": "is called knownHosts", "ca.crt": "is called ca"},
}

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "path_type": "a path",
}


_AUTHOR = ("git", "commit", "author")
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "too_long": ("a list of at most", "max_length"),
}
_SAID = {"missing": "is missing", "string_too_short": "must not be empty", "too_short": "must not be empty"}


def explain(errors: Iterable[ErrorDetails], tree: Any) -> list[Mistake]:
    """Put pydantic's errors about `tree` into our words; a value that may be a secret is never shown."""
    found: list[Mistake] = []
    for error in errors:
        path = tuple(part for part in error["loc"] if part != "[key]")
        if path[:1] == ("include",) and len(path) > 2:
            found += _included(path, error)
            continue
        # A wrong git.author is told once, not at each automation.
        if not (path[2:5] == _AUTHOR and _written(tree, path[:5]) is None and len(path) > 5):
            found.append(Mistake(path, _message(error, path)))
    return found


def _included(path: Path, error: ErrorDetails) -> list[Mistake]:
    """One of what pydantic says for each thing an entry of `include` may be: path[2] names that thing."""
    if path[2] == "Include":
        what = "want a path, or a mapping of repository and path" if error["type"] in _WANTED and len(path) == 3 else ""
        return [Mistake((*path[:2], *path[3:]), what or _message(error, (*path[:2], *path[3:])))]
    return [] if error["type"] in _WANTED else [Mistake(path[:2], _message(error, path[:2]))]


def _written(tree: Any, path: Path) -> Any:
    for part in path:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _message(error: ErrorDetails, path: Path) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing" and path[2:] in (_AUTHOR[:1], _AUTHOR[:2], _AUTHOR):
        return "is missing: say who commits are by, here (git.commit.author) or for all automations (git.author)"
    if kind in _WANTED:
        return _wrong_kind(_WANTED[kind], error["input"])
    return _SAID.get(kind) or _from_context(kind, error)


def _from_context(kind: str, error: ErrorDetails) -> str:
    """Say what is wrong with a value of the right kind."""
    context = error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"want {context['expected']}, got {_chosen(error['input'])}"
    if kind in _BOUNDS:
        bound, key = _BOUNDS[kind]
        return f"want {bound} {context[key]}"
    return str(error["msg"])


def _wrong_kind(wanted: str, value: object) -> str:
    hint = ""
    if wanted == "a text" and isinstance(value, bool | int | float):
        hint = "; put it in quotes"
    if wanted == "a whole number" and isinstance(value, str):
        hint = "; take the quotes away"
    return f"want {wanted}, got {_named(value)}{hint}"


def _chosen(value: object) -> str:
    return repr(printable(value, 60)) if isinstance(value, str) else _named(value)


def _named(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    # A text may be a secret in the wrong place: it is not shown.
    if isinstance(value, str):
        return "a text"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def _unknown(path: Path) -> str:
    """Answer an unknown key: with what is prepared for it, the key that may have been meant, or all known ones."""
    model, key = _model_at(path[:-1]), str(path[-1])
    if prepared := RESERVED.get(model, {}).get(key):
        return prepared
    known = [field.alias or name for name, field in model.model_fields.items()]
    if near := closest(key, [*known, *RESERVED.get(model, {})]):
        return f"unknown key; did you mean {near}?"
    return f"unknown key; known here: {', '.join(known)}"


def closest(word: str, known: Iterable[str]) -> str:
    """Find the known word that was probably meant, whatever its case and separators; "" when none is near."""
    import difflib

    folded = {_folded(name): name for name in known}
    near = difflib.get_close_matches(_folded(word), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def _folded(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()


def _model_at(path: Path) -> type[Spec]:
    model: type[Spec] = Config
    for part in path:
        for name, field in model.model_fields.items():
            if part in {name, field.alias}:
                model = _model_in(field.annotation) or model
    return model


def _model_in(annotation: Any) -> type[Spec] | None:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
