"""What goes wrong with a message template: always the template's name, and its line where one is known."""

from __future__ import annotations

from gitbot.errors import GitbotError

# Flux's condition reasons (design of the status fields): a template that fails, and one that uses a field taken away.
FAILED = "GitOperationFailed"
REMOVED_FIELD = "RemovedTemplateField"


class TemplateError(GitbotError):
    """A template that cannot be read or rendered. `name` and `line` say where (line 0: the template as a whole).

    `column` is in bytes from 0, as Go counts it; below 0 it is not known.
    """

    def __init__(
        self, said: str, *, name: str, line: int = 0, column: int = -1, hint: str = "", reason: str = FAILED
    ) -> None:
        place = f"{name}:{line}" if line else name
        place += f":{column}" if column >= 0 else ""
        super().__init__(f"template: {place}: {said}", hint=hint, reason=reason)
        self.name = name
        self.line = line
        self.said = said


class LimitReachedError(Exception):
    """A template asked for more steps, characters or elements than one message may take."""
