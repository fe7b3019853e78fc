"""printf: the format is read from left to right, each verb takes its operands."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.printer import Printer, type_name
from gitbot.message.gotemplate.types import INTEGERS, kind_of, nothing
from gitbot.message.gotemplate.verbs import Flags

_LARGEST = 1_000_000  # fmt's own bound for width and precision
_FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}


class Format:
    """One call of printf."""

    def __init__(self, template: str, values: tuple[Any, ...], printer: Printer) -> None:
        self.template = template
        self.values = values
        self.printer = printer
        self.at = 0
        self.place = 0
        self.good_index = True
        self.after_index = False
        self.reordered = False

    def run(self) -> str:
        """The text."""
        self.after_index = False
        while self.at < len(self.template):
            start = self.template.find("%", self.at)
            end = len(self.template) if start < 0 else start
            self.printer.write(self.template[self.at : end])
            self.at = end
            if start >= 0:
                self.at += 1
                self._verb()
        self._extra()
        return "".join(self.printer.parts)

    def _char(self) -> str:
        return self.template[self.at : self.at + 1]

    def _verb(self) -> None:
        self.good_index = True
        self.printer.flags = flags = Flags()
        while self._char() in _FLAGS and self._char():
            setattr(flags, _FLAGS[self._char()], True)
            self.at += 1
        self._index()
        self._width(flags)
        if self._char() == "." and self.at + 1 < len(self.template):
            self.at += 1
            self._precision(flags)
        if not self.after_index:
            self._index()
        verb = self._char()
        if not verb:
            self.printer.write("%!(NOVERB)")
            return
        self.at += 1
        self._operand(flags, verb)

    def _operand(self, flags: Flags, verb: str) -> None:
        if verb == "%":
            self.printer.write("%")
        elif not self.good_index:
            self.printer.write(f"%!{verb}(BADINDEX)")
        elif self.place >= len(self.values):
            self.printer.write(f"%!{verb}(MISSING)")
        else:
            if verb == "v":
                flags.sharp_v, flags.sharp = flags.sharp, False
                flags.plus_v, flags.plus = flags.plus, False
            self.printer.argument(self.values[self.place], verb)
            self.place += 1

    def _index(self) -> None:
        """An explicit index, `[2]`."""
        self.after_index = False
        if self._char() != "[":
            return
        self.reordered = True
        end = self.template.find("]", self.at)
        inside = self.template[self.at + 1 : end] if end >= 0 else ""
        self.at = end + 1 if end >= 0 else self.at + 1
        self.after_index = inside.isdecimal() and inside.isascii() and int(inside[:9]) <= _LARGEST
        if self.after_index and 0 < int(inside) <= len(self.values):
            self.place = int(inside) - 1
        else:
            self.good_index = False

    def _width(self, flags: Flags) -> None:
        if self._char() == "*":
            flags.width = self._operand_number("%!(BADWIDTH)")
            if flags.width is not None and flags.width < 0:
                flags.width, flags.minus, flags.zero = -flags.width, True, False
            self.after_index = False
            return
        flags.width = self._digits()
        if self.after_index and flags.width is not None:
            self.good_index = False

    def _precision(self, flags: Flags) -> None:
        if self.after_index:
            self.good_index = False
        self._index()
        if self._char() != "*":
            flags.precision = self._digits() or 0
            return
        flags.precision = self._operand_number("%!(BADPREC)", negative_is_bad=True)
        self.after_index = False

    def _operand_number(self, complaint: str, *, negative_is_bad: bool = False) -> int | None:
        """A width or precision taken from the operands, for `*`."""
        self.at += 1
        value: Any = self.values[self.place] if self.place < len(self.values) else None
        self.place += self.place < len(self.values)
        number = int(value) if not nothing(value) and kind_of(value) in INTEGERS else _LARGEST + 1
        if -_LARGEST <= number <= _LARGEST and not (negative_is_bad and number < 0):
            return number
        self.printer.write(complaint)
        return None

    def _digits(self) -> int | None:
        end = self.at
        while self.template[end : end + 1] and self.template[end] in "0123456789":
            end += 1
        digits = self.template[self.at : end]
        if not digits:
            return None
        if len(digits.lstrip("0")) > 7 or int(digits) > _LARGEST:
            self.at = len(self.template)
            return None
        self.at = end
        return int(digits)

    def _extra(self) -> None:
        """The operands that no verb took."""
        if self.reordered or self.place >= len(self.values):
            return
        self.printer.flags = Flags()
        self.printer.write("%!(EXTRA ")
        for place, value in enumerate(self.values[self.place :]):
            self.printer.write(", " if place else "")
            if nothing(value):
                self.printer.write("<nil>")
            else:
                self.printer.write(f"{type_name(value)}=")
                self.printer.argument(value, "v")
        self.printer.write(")")
