"""The sandbox Jinja templates run in: what they may look into and call is listed, everything they make is counted."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace, missing

from gitbot.message.charge import charge, check_integer, shown
from gitbot.message.filters import filters, join_texts, replace, settled
from gitbot.message.meter import meter
from gitbot.message.names import replacement
from gitbot.message.steps import instrument
from gitbot.message.views import Table, View

_OF_TEXT = frozenset(
    [
        *("capitalize", "casefold", "count", "endswith", "find", "index", "join", "lower", "lstrip", "partition"),
        *(
            "isalnum",
            "isalpha",
            "isascii",
            "isdecimal",
            "isdigit",
            "islower",
            "isnumeric",
            "isspace",
            "istitle",
            "isupper",
        ),
        *("removeprefix", "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split"),
        *("splitlines", "startswith", "strip", "swapcase", "title", "upper"),
        *("path", "objects"),  # of a file's path
    ]
)
_OF_SEQUENCE = frozenset({"count", "index", "grouper", "list"})  # the last two: of a group made by groupby
_OF_MAPPING = frozenset({"get", "items", "keys", "values"})
_OF_LOOP = frozenset(
    [
        *("changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length"),
        *("nextitem", "previtem", "revindex", "revindex0"),
    ]
)
_ALLOWED: tuple[tuple[type | tuple[type, ...], frozenset[str]], ...] = (
    (str, _OF_TEXT),
    ((list, tuple), _OF_SEQUENCE),
    ((dict, Table), _OF_MAPPING),
    (LoopContext, _OF_LOOP),
    (Cycler, frozenset({"current", "next", "reset"})),
)


class Missing(StrictUndefined):
    """A name or field that is not there: using it ends the rendering with a sentence that names what is there."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return str(self._undefined_hint)
        name = str(self._undefined_name)
        owner = _owner(self._undefined_obj)
        return f"{owner} has no field {name!r}" if owner else f"{name!r} is not defined"

    @property
    def hint(self) -> str:
        """What to write instead, where that is known."""
        name = str(self._undefined_name)
        known = _fields(self._undefined_obj)
        close = difflib.get_close_matches(name, known, n=1)
        return replacement(name, known) or (f"did you mean {close[0]!r}?" if close else "")


def _owner(value: Any) -> str:
    if isinstance(value, View):
        return type(value).__name__.removesuffix("View").lower()
    return "values" if isinstance(value, Table) else "" if value is missing else type(value).__name__


def _fields(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [str(key) for key in value]
    return [name for name in dir(value) if not name.startswith("_")] if isinstance(value, View) else []


class Environment(ImmutableSandboxedEnvironment):
    """Jinja2 with a list of what is reachable, counted work, no other files, no chance and no clock."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=Missing, autoescape=False, keep_trailing_newline=True, cache_size=0, optimized=False)
        self.finalize = _finalize
        self.filters = filters()
        self.globals = {"range": _range, "dict": dict, "cycler": Cycler, "joiner": Joiner, "namespace": Namespace}

    def counted_tree(self, text: str, name: str) -> nodes.Template:
        """Parse a template into a tree that counts; raises TemplateSyntaxError."""
        return instrument(self.parse(text, name))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read this attribute: what is not listed is not there."""
        if attr.startswith("_"):
            return False
        if isinstance(obj, View):
            return True
        if not super().is_safe_attribute(obj, attr, value):
            return False
        return isinstance(obj, Namespace) or any(attr in names for kind, names in _ALLOWED if isinstance(obj, kind))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`; the list is asked before Jinja2 hands out a formatter of its own."""
        if isinstance(obj, str) and attribute not in _OF_TEXT:
            return self._no_method(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, with the same list for methods of texts."""
        if isinstance(obj, str) and isinstance(argument, str) and argument not in _OF_TEXT:
            return self._no_method(obj, argument)
        return charge(super().getitem(obj, argument)) if isinstance(argument, slice) else super().getitem(obj, argument)

    def _no_method(self, obj: str, name: str) -> Undefined:
        if hasattr(str, name):
            hint = f"the method {name!r} of texts is not available in messages"
            return self.undefined(hint, obj=obj, name=name, exc=SecurityError)
        return self.undefined(obj=obj, name=name)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left operator right` for the operators that can make something large."""
        if operator == "**":
            raise SecurityError("the operator ** is not available in messages")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("formatting with % is not available in messages; use ~ to join texts")
        if operator == "*":
            return _product(left, right)
        if isinstance(left, list | tuple) and isinstance(right, list | tuple):
            meter().check_elements(len(left) + len(right))
        return charge(super().call_binop(context, operator, left, right))

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template may call; the two methods that multiply text are replaced by bounded ones."""
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str) and name == "replace":
            return charge(replace(owner, *args, **kwargs))
        if isinstance(owner, str) and name == "join":
            return charge(join_texts(owner, *args))
        return settled(super().call(context, obj, *args, **kwargs))

    def tick(self, characters: int) -> None:
        """Pay for one turn of a body and the literal text in it."""
        meter().step()
        meter().write(characters)

    def made(self, value: Any) -> Any:
        """Pay for a list, tuple or dict a template has written down."""
        return charge(value)

    def joined(self, *parts: Any) -> Any:
        """The texts of `a ~ b ~ c`, joined."""
        return charge(join_texts("", parts))


def _product(left: Any, right: Any) -> Any:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise SecurityError("* multiplies numbers only in messages")
    result = left * right
    return check_integer(result) if isinstance(result, int) else result


def _range(*arguments: int) -> range:
    """`range(…)` of a length that a value may have."""
    numbers = range(*arguments)
    meter().check_elements(len(numbers))
    return numbers


@pass_context
def _finalize(context: Context, value: Any) -> Any:  # noqa: ARG001 - asked for so that nothing is computed when compiling
    """Pay for what `{{ … }}` prints."""
    if isinstance(value, Undefined):
        return value
    text = shown(value)
    meter().write(len(text))
    return text
