"""Go templates, read into trees: one for the template itself, one for every `define` and `block`."""

from __future__ import annotations

from collections.abc import Callable

from gitbot.message.errors import TemplateError
from gitbot.message.gotemplate import nodes
from gitbot.message.gotemplate.commands import PipelineParser
from gitbot.message.gotemplate.lexer import Token
from gitbot.message.gotemplate.text import unquote


class Parser(PipelineParser):
    """Reads one text. `trees` holds the root of every template by name; the text's own is under its name."""

    def __init__(self, text: str, name: str, refusal: Callable[[str], str | None]) -> None:
        super().__init__(text, name, refusal)
        self.trees: dict[str, nodes.Block] = {}
        self.ranges = 0
        self._readers: dict[str, Callable[[Token], nodes.Node]] = {
            "block": self._block,
            "else": self._else,
            "end": self._end,
            "template": self._template,
            **dict.fromkeys(["if", "range", "with"], lambda token: self._branch(token.text)),
            **dict.fromkeys(["break", "continue"], self._jump),
        }

    def run(self) -> dict[str, nodes.Block]:
        """All trees; raises TemplateError in Go's words, with the line."""
        root = nodes.Block(0)
        while self.peek().kind != "end of file":
            if not self._definition():
                node = self._text_or_action()
                if isinstance(node, _Stop):
                    self.fail(f"unexpected {node}")
                root.nodes.append(node)
        self._add(self.name, root)
        return self.trees

    def _definition(self) -> bool:
        """Read a `{{define}}`, when one stands here."""
        if self.peek().kind != "left delimiter":
            return False
        start = self.at
        self.next()
        word = self.next_word()
        if word.kind != "keyword" or word.text != "define":
            self.at = start
            return False
        token = self.next_word()
        if token.kind not in ("string", "raw string"):
            self.unexpected(token, "define clause")
        name = self._constant(token)
        self.expect("right delimiter", "define clause")
        self._add(name, self._own_template("define clause"))
        return True

    def _own_template(self, context: str) -> nodes.Block:
        """The body of a `define` or `block`: it sees no variables but `$`."""
        self.go_deeper()
        outside, self.variables = self.variables, ["$"]
        ranges, self.ranges = self.ranges, 0
        body, end = self._list()
        if end.word != "end":
            self.fail(f"unexpected {end} in {context}")
        self.variables, self.ranges = outside, ranges
        self.depth -= 1
        return body

    def _add(self, name: str, root: nodes.Block) -> None:
        old = self.trees.get(name)
        if old is None or nodes.is_empty(old):
            self.trees[name] = root
        elif not nodes.is_empty(root):
            self.fail(f'template: multiple definition of template "{name}"')

    def _list(self) -> tuple[nodes.Block, _Stop]:
        """Nodes up to `{{end}}` or `{{else}}`."""
        body = nodes.Block(self.peek_word().position)
        while self.peek_word().kind != "end of file":
            node = self._text_or_action()
            if isinstance(node, _Stop):
                return body, node
            body.nodes.append(node)
        raise self.error("unexpected EOF")

    def _text_or_action(self) -> nodes.Node:
        token = self.next_word()
        if token.kind == "text":
            return nodes.Text(token.position, token.text)
        if token.kind != "left delimiter":
            self.unexpected(token, "input")
        self.action_line = token.line
        try:
            return self._action()
        finally:
            self.action_line = 0

    def _action(self) -> nodes.Node:
        token = self.next_word()
        if token.kind == "keyword" and token.text in self._readers:
            return self._readers[token.text](token)
        self.back()
        first = self.peek_word()
        return nodes.Action(first.position, self.pipeline("command", "right delimiter"))

    def _branch(self, word: str) -> nodes.Node:
        count = len(self.variables)
        self.go_deeper()
        pipe = self.pipeline(word, "right delimiter")
        self.ranges += word == "range"
        body, end = self._list()
        self.ranges -= word == "range"
        otherwise = self._otherwise(word) if end.word == "else" else None
        del self.variables[count:]
        self.depth -= 1
        return nodes.Branch(pipe.position, word, pipe, body, otherwise)

    def _otherwise(self, word: str) -> nodes.Block:
        """What follows `{{else}}`; `{{else if}}` and `{{else with}}` share the `{{end}}` of their own branch."""
        token = self.peek()
        if word in ("if", "with") and token.kind == "keyword" and token.text == word:
            self.next()
            return nodes.Block(token.position, [self._branch(word)])
        body, end = self._list()
        if end.word != "end":
            self.fail(f"expected end; found {end}")
        return body

    def _jump(self, token: Token) -> nodes.Node:
        after = self.next_word()
        if after.kind != "right delimiter":
            self.unexpected(after, "{{" + token.text + "}}")
        if not self.ranges:
            self.fail("{{" + token.text + "}} outside {{range}}")
        return nodes.Jump(token.position, token.text)

    def _else(self, token: Token) -> nodes.Node:
        after = self.peek_word()
        if not (after.kind == "keyword" and after.text in ("if", "with")):
            self.expect("right delimiter", "else")
        return _Stop(token.position, "else")

    def _end(self, token: Token) -> nodes.Node:
        self.expect("right delimiter", "end")
        return _Stop(token.position, "end")

    def _template_name(self, context: str) -> tuple[Token, str]:
        token = self.next_word()
        if token.kind not in ("string", "raw string"):
            self.unexpected(token, context)
        return token, self._constant(token)

    def _template(self, _: Token) -> nodes.Node:
        token, name = self._template_name("template clause")
        pipe = None
        if self.next_word().kind != "right delimiter":
            self.back()
            pipe = self.pipeline("template clause", "right delimiter")
        return nodes.Call(token.position, name, pipe)

    def _block(self, _: Token) -> nodes.Node:
        token, name = self._template_name("block clause")
        pipe = self.pipeline("block clause", "right delimiter")
        self._add(name, self._own_template("block clause"))
        return nodes.Call(token.position, name, pipe)

    def _constant(self, token: Token) -> str:
        try:
            return unquote(token.text)
        except ValueError as error:
            raise self.error(str(error)) from None


class _Stop(nodes.Jump):
    """`{{end}}` or `{{else}}`: it never stands in a tree."""


def parse(text: str, name: str, refusal: Callable[[str], str | None]) -> dict[str, nodes.Block]:
    """Every template of a text by name. `refusal` says why there is no function of a name, None when there is one."""
    try:
        return Parser(text, name, refusal).run()
    except RecursionError as error:
        raise TemplateError("it is nested too deeply", name=name) from error
