"""fmt's printing: `%v` of every value, and the verbs of printf with their flags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gitbot.message.gotemplate import verbs
from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.ordering import sorted_items
from gitbot.message.gotemplate.types import INTEGERS, SIGNED, GoMap, GoSlice, GoStruct, kind_of, nothing, type_of
from gitbot.message.gotemplate.verbs import Flags
from gitbot.message.meter import meter

MAX_DEPTH = 60


@dataclass(slots=True)
class Printer:
    """Writes values; `flags` are those of the verb that is being written."""

    parts: list[str]
    flags: Flags
    length: int = 0
    erroring: bool = False

    def write(self, text: str) -> None:
        """Add text; raises LimitReachedError when the whole grows too long."""
        self.length += len(text)
        meter().check_text(self.length)
        self.parts.append(text)

    def argument(self, value: Any, verb: str) -> None:
        """One operand by one verb."""
        if nothing(value):
            if verb in "Tv":
                self.write(self.flags.pad("<nil>"))
            else:
                self.write(f"%!{verb}(<nil>)")
        elif verb == "T":
            self.write(self.flags.pad(self.flags.truncate(type_name(value))))
        elif verb == "p":
            self._address(value)
        elif verb == "w":
            self._bad(value, "w")
        else:
            self.value(value, verb, 0)

    def _address(self, value: Any) -> None:
        if isinstance(value, GoSlice | GoMap) or kind_of(value) == "ptr":
            raise GoError("%p prints an address, which differs from run to run")
        self._bad(value, "p")

    def value(self, value: Any, verb: str, depth: int) -> None:
        """One value, perhaps inside others."""
        meter().step()
        if depth > MAX_DEPTH:
            raise GoError("the value is nested too deeply to be printed")
        if nothing(value):
            self.write("interface {}(nil)" if self.flags.sharp_v else "<nil>")
        elif isinstance(value, GoStruct):
            self._struct(value, verb, depth)
        elif isinstance(value, GoMap):
            self._map(value, verb, depth)
        elif isinstance(value, GoSlice):
            self._slice(value, verb, depth)
        else:
            self._simple(value, verb)

    def _simple(self, value: Any, verb: str) -> None:
        kind = kind_of(value)
        if kind == "bool":
            text = verbs.boolean(self.flags, value, verb)
        elif kind in INTEGERS:
            text = verbs.integer(self.flags, int(value), verb, signed=kind in SIGNED)
        elif kind == "string":
            text = verbs.string(self.flags, value, verb)
        elif kind == "complex128":
            text = verbs.complex_(self.flags, value, verb)
        else:
            text = verbs.floating(self.flags, value, verb)
        if text is None:
            self._bad(value, verb)
        else:
            self.write(text)

    def _bad(self, value: Any, verb: str) -> None:
        """A verb that the value has no form for."""
        self.write(f"%!{verb}({type_name(value)}=")
        before, self.erroring = self.erroring, True
        self.value(value, "v", 0)
        self.erroring = before
        self.write(")")

    def _struct(self, value: GoStruct, verb: str, depth: int) -> None:
        if value.string is not None and verb in "vsxXq" and not self.flags.sharp_v and not self.erroring:
            self.write(verbs.string(self.flags, value.string, verb) or "")
            return
        if value.pointer:
            if depth:
                raise GoError("a pointer inside a value prints an address, which differs from run to run")
            self.write("&")
        named = self.flags.sharp_v or self.flags.plus_v
        items = [(f"{name}:" if named else "", item) for name, item in value.fields]
        self._sequence(str(value.type) if self.flags.sharp_v else "", "{}", items, verb, depth)

    def _map(self, value: GoMap, verb: str, depth: int) -> None:
        if self.flags.sharp_v:
            self.write(str(value.type))
        if self.flags.sharp_v and value.nil:
            self.write("(nil)")
            return
        self.write("{" if self.flags.sharp_v else "map[")
        for place, (key, item) in enumerate(sorted_items(value)):
            if place:
                self.write(", " if self.flags.sharp_v else " ")
            self.value(key, verb, depth + 1)
            self.write(":")
            self.value(item, verb, depth + 1)
        self.write("}" if self.flags.sharp_v else "]")

    def _slice(self, value: GoSlice, verb: str, depth: int) -> None:
        if self.flags.sharp_v and value.nil:
            self.write(f"{value.type}(nil)")
            return
        items = [("", item) for item in value.items]
        self._sequence(
            str(value.type) if self.flags.sharp_v else "", "{}" if self.flags.sharp_v else "[]", items, verb, depth
        )

    def _sequence(self, head: str, marks: str, items: list[tuple[str, Any]], verb: str, depth: int) -> None:
        self.write(head + marks[0])
        for place, (name, item) in enumerate(items):
            if place:
                self.write(", " if self.flags.sharp_v else " ")
            self.write(name)
            self.value(item, verb, depth + 1)
        self.write(marks[1])


def type_name(value: Any) -> str:
    """The type of a value as `%T` writes it."""
    if nothing(value):
        return "<nil>"
    return str(type_of(value))


def _printer() -> Printer:
    return Printer([], Flags())


def sprint(*values: Any) -> str:
    """fmt.Sprint: a space between two operands when neither is a text."""
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    printer = _printer()
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            printer.write(" ")
        printer.argument(value, "v")
    return "".join(printer.parts)


def sprintln(*values: Any) -> str:
    """fmt.Sprintln: a space between operands, a line break at the end."""
    printer = _printer()
    for place, value in enumerate(values):
        if place:
            printer.write(" ")
        printer.argument(value, "v")
    printer.write("\n")
    return "".join(printer.parts)


def sprintf(template: str, *values: Any) -> str:
    """fmt.Sprintf."""
    from gitbot.message.gotemplate.format import Format

    return Format(template, values, _printer()).run()


def string_of(value: Any) -> str:
    """Sprig's strval: the text itself, what a String method says, or `%v`."""
    return value if isinstance(value, str) else sprint(value)
