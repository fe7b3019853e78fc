"""Go templates, cut into tokens: text, and inside actions words, numbers, strings, marks and the spaces between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitbot.message.gotemplate.text import SPACES, quote

_SPACE = " \t\r\n"
_WORD = re.compile(r"(?:_|[^\W_])*")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_QUOTED = {quote: re.compile(rf"{quote}(?:\\[^\n]|[^\\\n{quote}])*{quote}") for quote in "\"'"}
_UNTERMINATED = {
    '"': "unterminated quoted string",
    "'": "unterminated character constant",
    "`": "unterminated raw quoted string",
}
_KEYWORDS = frozenset(["block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"])
_AFTER_POINT = ("", *"0123456789")  # what makes a point the start of a number, also at the very end
_MARKS = {"=": "assign", "|": "pipe", "(": "left paren", ")": "right paren"}
_KIND_OF_QUOTE = {'"': "string", "'": "char", "`": "raw string"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template. `position` is where it starts, in characters; `line` is 1-based."""

    kind: str
    text: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.kind in ("end of file", "error"):
            return "EOF" if self.kind == "end of file" else self.text
        if self.kind in ("keyword", "dot"):
            return f"<{self.text}>"
        return f"{quote(self.text[:10])}..." if len(self.text.encode("utf-8", "replace")) > 10 else quote(self.text)


class Lexer:
    """Cuts one template. A mistake ends the tokens with one of the kind `error`; otherwise the last is `end of file`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.tokens: list[Token] = []
        self.depth = 0

    def run(self) -> list[Token]:
        """All tokens."""
        try:
            while self.at < len(self.text):
                self._text()
                if self.at < len(self.text):
                    self._open()
            self._add("end of file", self.at)
        except _Mistake as mistake:
            self.tokens.append(Token("error", str(mistake), self.at, self.line))
        return self.tokens

    def _add(self, kind: str, end: int) -> None:
        self.tokens.append(Token(kind, self.text[self.at : end], self.at, self.line))
        self._skip(end)

    def _skip(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _text(self) -> None:
        """Text up to the next action, less the space that its trim marker takes away."""
        start = self.text.find("{{", self.at)
        end = len(self.text) if start < 0 else start
        kept = end
        if start >= 0 and _trims_left(self.text, start + 2):
            kept = self.at + len(self.text[self.at : end].rstrip(_SPACE))
        if kept > self.at:
            self._add("text", kept)
        self._skip(end)

    def _open(self) -> None:
        """An action or a comment, from its delimiter on."""
        inside = self.at + 2 + (2 if _trims_left(self.text, self.at + 2) else 0)
        if self.text.startswith("/*", inside):
            self._skip(inside)
            self._comment()
            return
        self._add("left delimiter", self.at + 2)
        self._skip(inside)
        self.depth = 0
        while not self._close():
            self._inside()

    def _comment(self) -> None:
        end = self.text.find("*/", self.at + 2)
        if end < 0:
            raise _Mistake("unclosed comment")
        width = self._right_delimiter(end + 2)
        if not width:
            raise _Mistake("comment ends before closing delimiter")
        self._after(end + 2, width)

    def _right_delimiter(self, at: int) -> int:
        """How long the closing delimiter is that stands here, its trim marker included; 0 when there is none."""
        if self.text.startswith("}}", at):
            return 2
        return 4 if self.text[at : at + 1] in _SPACE and self.text.startswith("-}}", at + 1) else 0

    def _after(self, at: int, width: int) -> None:
        """Go on behind a delimiter, and behind the space that its trim marker takes away."""
        end = at + width
        if width == 4:
            end += len(self.text) - end - len(self.text[end:].lstrip(_SPACE))
        self._skip(end)

    def _close(self) -> bool:
        width = self._right_delimiter(self.at)
        if not width:
            return False
        if self.depth:
            raise _Mistake("unclosed left paren")
        self._skip(self.at + width - 2)
        self.tokens.append(Token("right delimiter", "}}", self.at, self.line))
        self._after(self.at, 2)
        if width == 4:
            self._skip(len(self.text) - len(self.text[self.at :].lstrip(_SPACE)))
        return True

    def _inside(self) -> None:
        """One token inside an action."""
        char = self.text[self.at : self.at + 1]
        if not char:
            raise _Mistake("unclosed action")
        if char in _SPACE:
            self._space()
        elif char in _QUOTED or char == "`":
            self._quoted(char)
        elif char == "$" or (char == "." and self.text[self.at + 1 : self.at + 2] not in _AFTER_POINT):
            self._name({"$": "variable", ".": "field"}[char])
        elif char in "+-." or ("0" <= char <= "9"):
            self._number()
        elif char == "_" or char.isalnum():
            self._word()
        else:
            self._mark(char)

    def _space(self) -> None:
        end = self.at
        while self.text[end : end + 1] and self.text[end] in _SPACE:
            end += 1
        if self._right_delimiter(end - 1) == 4:
            end -= 1
        if end > self.at:
            self._add("space", end)

    def _quoted(self, mark: str) -> None:
        if mark == "`":
            end = self.text.find("`", self.at + 1) + 1
        else:
            found = _QUOTED[mark].match(self.text, self.at)
            end = found.end() if found else 0
        if not end:
            raise _Mistake(_UNTERMINATED[mark])
        self._add(_KIND_OF_QUOTE[mark], end)

    def _name(self, kind: str) -> None:
        found = _WORD.match(self.text, self.at + 1)
        end = found.end() if found else self.at + 1
        self._must_end(end)
        self._add("dot" if kind == "field" and end == self.at + 1 else kind, end)

    def _word(self) -> None:
        found = _WORD.match(self.text, self.at)
        end = found.end() if found else self.at
        self._must_end(end)
        word = self.text[self.at : end]
        self._add("keyword" if word in _KEYWORDS else "bool" if word in ("true", "false") else "identifier", end)

    def _must_end(self, end: int) -> None:
        char = self.text[end : end + 1]
        if char and char not in _SPACE + ".,|:()" and not self.text.startswith("}}", end):
            raise _Mistake(f"bad character {_code_point(char)}")

    def _number(self) -> None:
        start = self.at
        end = self._one_number(start)
        if self.text[end : end + 1] in ("+", "-"):
            end = self._one_number(end)
            if self.text[end - 1] != "i":
                raise _Mistake(f"bad number syntax: {quote(self.text[start:end])}")
            self._add("complex", end)
            return
        self._add("number", end)

    def _one_number(self, at: int) -> int:
        found = _NUMBER.match(self.text, at)
        end = found.end() if found else at
        char = self.text[end : end + 1]
        if char == "_" or char.isalnum():
            raise _Mistake(f"bad number syntax: {quote(self.text[self.at : end + 1])}")
        return end

    def _mark(self, char: str) -> None:
        if char == ":":
            if not self.text.startswith(":=", self.at):
                raise _Mistake("expected :=")
            self._add("declare", self.at + 2)
            return
        self.depth += {"(": 1, ")": -1}.get(char, 0)
        if self.depth < 0:
            raise _Mistake("unexpected right paren")
        if not (char.isascii() and char.isprintable()):
            raise _Mistake(f"unrecognized character in action: {_code_point(char)}")
        self._add(_MARKS.get(char, "mark"), self.at + 1)


class _Mistake(Exception):  # noqa: N818 - never leaves this module
    """What is wrong with the template at this place."""


def _trims_left(text: str, at: int) -> bool:
    """Whether a trim marker stands right behind an opening delimiter."""
    return text.startswith("-", at) and text[at + 1 : at + 2] != "" and text[at + 1] in _SPACE


def _code_point(char: str) -> str:
    shown = f" '{char}'" if char.isprintable() and char not in SPACES else ""
    return f"U+{ord(char):04X}{shown}"
