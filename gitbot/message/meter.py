"""The bounds of one rendering: work and text are counted, never timed, so that the same template ends the same way everywhere."""

from __future__ import annotations

from contextvars import ContextVar, Token
from dataclasses import dataclass

from gitbot.message.errors import LimitReachedError

MAX_TEMPLATE = 65_536  # characters of a template's own text
CHARACTERS_PER_STEP = 256  # handling this much text costs one step more


@dataclass(slots=True)
class Meter:
    """What one rendering may still spend, and how large one value may be (`text` characters, `elements` with nested ones).

    `for_changes` grows all of it with the data, so that a large update can always be described.
    """

    steps: int = 200_000
    characters: int = 2_000_000
    text: int = 262_144
    elements: int = 50_000

    @classmethod
    def for_changes(cls, count: int) -> Meter:
        """The budget of a message about this many changes."""
        return cls(200_000 + 300 * count, 2_000_000 + 2_000 * count, 262_144 + 1_000 * count, 50_000 + 20 * count)

    def step(self, cost: int = 1) -> None:
        """Spend steps; raises LimitReachedError when none are left."""
        self.steps -= cost
        if self.steps < 0:
            raise LimitReachedError("the template takes too many steps")

    def write(self, count: int) -> None:
        """Spend characters of output; raises LimitReachedError when none are left."""
        self.characters -= count
        if self.characters < 0:
            raise LimitReachedError("the template writes too much text")

    def check_text(self, length: int) -> None:
        """Raise LimitReachedError unless a text of this length may be made; call it before making the text."""
        if length > self.text:
            raise LimitReachedError(f"the template makes a text of more than {self.text} characters")

    def check_elements(self, count: int) -> None:
        """Raise LimitReachedError unless a value of this many elements may be made."""
        if count > self.elements:
            raise LimitReachedError(f"the template makes a value of more than {self.elements} elements")


_METER: ContextVar[Meter] = ContextVar("meter")


def begin(meter: Meter) -> Token[Meter]:
    """Count on this meter from here on, in this context."""
    return _METER.set(meter)


def end(token: Token[Meter]) -> None:
    """Stop counting on the meter that `begin` put in place."""
    _METER.reset(token)


def meter() -> Meter:
    """The meter of the rendering that is going on."""
    return _METER.get()
