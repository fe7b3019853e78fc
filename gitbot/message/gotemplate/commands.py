"""The inside of an action: pipelines, commands, operands and terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from gitbot.message.errors import TemplateError
from gitbot.message.gotemplate import nodes
from gitbot.message.gotemplate.lexer import Lexer, Token
from gitbot.message.gotemplate.numbers import number
from gitbot.message.gotemplate.text import quote, unquote

MAX_DEPTH = 80
_OPERANDS = frozenset(
    [
        "bool",
        "char",
        "complex",
        "dot",
        "field",
        "identifier",
        "number",
        "raw string",
        "string",
        "variable",
        "left paren",
    ]
)
_CONSTANT = (nodes.Bool, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)


class Tokens:
    """The tokens of a template with the place reached, and errors in Go's words."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.tokens = Lexer(text).run()
        self.at = 0
        self.furthest = 0
        self.action_line = 0

    def next(self) -> Token:
        """Take a token; the last one is given again and again."""
        token = self.peek()
        self.at += 1
        return token

    def peek(self) -> Token:
        """The token that `next` would take."""
        place = min(self.at, len(self.tokens) - 1)
        self.furthest = max(self.furthest, place)
        return self.tokens[place]

    def next_word(self) -> Token:
        """Take a token that is not space."""
        self.peek_word()
        return self.next()

    def peek_word(self) -> Token:
        """Skip space, and look at what follows."""
        while self.peek().kind == "space":
            self.at += 1
        return self.peek()

    def back(self) -> None:
        """Give the last token back."""
        self.at -= 1

    def expect(self, kind: str, context: str) -> Token:
        """Take a token of this kind, or fail."""
        token = self.next_word()
        if token.kind != kind:
            self.unexpected(token, context)
        return token

    def error(self, said: str, hint: str = "") -> TemplateError:
        """The error for this place."""
        return TemplateError(said, name=self.name, line=self.tokens[self.furthest].line, hint=hint)

    def fail(self, said: str) -> NoReturn:
        """Raise the error for this place."""
        raise self.error(said)

    def unexpected(self, token: Token, context: str) -> NoReturn:
        """Raise the error for a token that cannot stand here."""
        if token.kind != "error":
            raise self.error(f"unexpected {token} in {context}")
        extra = ""
        if self.action_line not in (0, token.line):
            extra = f" in action started at {self.name}:{self.action_line}"
            if token.text.endswith(" action"):
                extra = extra.removeprefix(" in action")
        raise self.error(f"{token}{extra}")


class PipelineParser(Tokens):
    """Reads pipelines; `variables` are the names that are in scope."""

    def __init__(self, text: str, name: str, refusal: Callable[[str], str | None]) -> None:
        super().__init__(text, name)
        self.refusal = refusal
        self.variables = ["$"]
        self.depth = 0
        self._terms: dict[str, Callable[[Token], nodes.Node]] = {
            "bool": lambda token: nodes.Bool(token.position, token.text == "true"),
            "dot": lambda token: nodes.Dot(token.position),
            "field": lambda token: nodes.Field(token.position, (token.text[1:],)),
            "identifier": self._identifier,
            "left paren": self._paren,
            "nil": lambda token: nodes.Nil(token.position),
            "variable": self._variable,
            **dict.fromkeys(["char", "complex", "number"], self._number),
            **dict.fromkeys(["raw string", "string"], self._string),
        }

    def pipeline(self, context: str, end: str) -> nodes.Pipe:
        """A pipeline up to a token of kind `end`, which is taken too."""
        pipe = nodes.Pipe(self.peek_word().position)
        while self._declaration(pipe, context):
            pass
        while True:
            token = self.next_word()
            if token.kind == end:
                self._check(pipe, context)
                return pipe
            if token.kind not in _OPERANDS and not _is_nil(token):
                self.unexpected(token, context)
            self.back()
            pipe.commands.append(self._command())

    def _declaration(self, pipe: nodes.Pipe, context: str) -> bool:
        """Read `$x :=`, `$x =` or the first half of `$i, $x :=`; whether another variable follows."""
        start = self.at
        variable = self.peek_word()
        if variable.kind != "variable":
            return False
        self.next()
        follower = self.peek_word()
        comma = follower.kind == "mark" and follower.text == ","
        if follower.kind not in ("assign", "declare") and not comma:
            self.at = start
            return False
        self.next()
        pipe.variables.append(nodes.Variable(variable.position, tuple(variable.text.split("."))))
        self.variables.append(variable.text)
        if not comma:
            pipe.assigns = follower.kind == "assign"
            return False
        if context != "range" or len(pipe.variables) > 1:
            self.fail(f"too many declarations in {context}")
        if self.peek_word().kind not in ("variable", "right delimiter", "right paren"):
            self.fail("range can only initialize variables")
        return True

    def _check(self, pipe: nodes.Pipe, context: str) -> None:
        if not pipe.commands:
            self.fail(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], start=2):
            if isinstance(command.words[0], _CONSTANT):
                self.fail(f"non executable command in pipeline stage {stage}")

    def _command(self) -> nodes.Command:
        command = nodes.Command(self.peek_word().position)
        while True:
            self.peek_word()
            operand = self._operand()
            if operand is not None:
                command.words.append(operand)
            token = self.next()
            if token.kind == "space":
                continue
            if token.kind in ("right delimiter", "right paren"):
                self.back()
            elif token.kind != "pipe":
                self.unexpected(token, "operand")
            break
        if not command.words:
            self.fail("empty command")
        return command

    def _operand(self) -> nodes.Node | None:
        """A term with the fields that follow it."""
        node = self._term()
        first = self.peek()
        if node is None or first.kind != "field":
            return node
        names: list[str] = []
        while self.peek().kind == "field":
            names.append(self.next().text[1:])
        if isinstance(node, nodes.Field):
            return nodes.Field(first.position, (*node.names, *names))
        if isinstance(node, nodes.Variable):
            return nodes.Variable(first.position, (*node.names, *names))
        if isinstance(node, _CONSTANT):
            self.fail(f"unexpected . after term {quote(str(node))}")
        return nodes.Chain(first.position, node, tuple(names))

    def _term(self) -> nodes.Node | None:
        token = self.next_word()
        reader = self._terms.get("nil" if _is_nil(token) else token.kind)
        if reader is None:
            self.back()
            return None
        return reader(token)

    def _identifier(self, token: Token) -> nodes.Node:
        refusal = self.refusal(token.text)
        if refusal is not None:
            raise self.error(f"function {quote(token.text)} not defined", refusal)
        return nodes.Identifier(token.position, token.text)

    def _variable(self, token: Token) -> nodes.Node:
        if token.text not in self.variables:
            self.fail(f"undefined variable {quote(token.text)}")
        return nodes.Variable(token.position, (token.text,))

    def _number(self, token: Token) -> nodes.Node:
        try:
            return number(token.position, token.text, token.kind)
        except ValueError as error:
            raise self.error(str(error)) from None

    def _paren(self, _: Token) -> nodes.Node:
        self.go_deeper()
        pipe = self.pipeline("parenthesized pipeline", "right paren")
        self.depth -= 1
        return pipe

    def go_deeper(self) -> None:
        """Count one level of blocks or parentheses more, or fail."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("max expression depth exceeded")

    def _string(self, token: Token) -> nodes.Node:
        try:
            return nodes.String(token.position, token.text, unquote(token.text))
        except ValueError as error:
            raise self.error(str(error)) from None


def _is_nil(token: Token) -> bool:
    return token.kind == "keyword" and token.text == "nil"
