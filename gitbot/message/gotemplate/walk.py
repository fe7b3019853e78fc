"""Running a template: text, actions, branches, loops and calls of other templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gitbot.message.errors import LimitReachedError, TemplateError
from gitbot.message.gotemplate import nodes
from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.evaluate import Evaluator
from gitbot.message.gotemplate.function import Function
from gitbot.message.gotemplate.hints import hint_for
from gitbot.message.gotemplate.ordering import sorted_items
from gitbot.message.gotemplate.printer import sprint, sprintf
from gitbot.message.gotemplate.text import quote
from gitbot.message.gotemplate.types import ANY, INTEGERS, INVALID, GoMap, GoSlice, kind_of, nothing, truth
from gitbot.message.meter import Meter

MAX_DEPTH = 50  # templates that call one another; Go allows 100,000, which no message needs


class Program:
    """The templates of one text, ready to run on a meter."""

    def __init__(
        self, text: str, name: str, trees: Mapping[str, nodes.Block], functions: Mapping[str, Function], meter: Meter
    ) -> None:
        self.text = text
        self.name = name
        self.trees = trees
        self.functions = functions
        self.meter = meter
        self.output: list[str] = []
        self.depth = 0

    def run(self, data: Any) -> str:
        """What the template writes for this data; raises TemplateError in Go's words."""
        self.call(self.name, data)
        return "".join(self.output)

    def call(self, template: str, data: Any) -> None:
        """Run one of the templates."""
        walker = _Walker(self, data)
        self.depth += 1
        try:
            walker.walk(data, self.trees[template])
        except GoError as error:
            raise self._error(template, walker.node, str(error)) from error
        except LimitReachedError as error:
            raise self._error(
                template, walker.node, str(error), "make the message shorter, or loop over less"
            ) from error
        self.depth -= 1

    def write(self, text: str) -> None:
        """Write text."""
        self.meter.write(len(text))
        self.output.append(text)

    def _error(self, template: str, node: nodes.Node | None, said: str, hint: str = "") -> TemplateError:
        position = node.position if node is not None else 0
        line = 1 + self.text.count("\n", 0, position)
        column = len(self.text[self.text.rfind("\n", 0, position) + 1 : position].encode("utf-8", "surrogateescape"))
        known, reason = hint_for(said)
        said = f"executing {quote(template)} at <{_shortened(str(node))}>: {said}"
        return TemplateError(said, name=self.name, line=line, column=column, hint=hint or known, reason=reason)


def _shortened(text: str) -> str:
    """The source of a node, without the middle of a very long one."""
    return text if len(text) <= 400 else f"{text[:200]}…{text[-100:]}"


class _Break(Exception):  # noqa: N818 - a jump, not an error
    """`{{break}}`."""


class _Continue(Exception):  # noqa: N818 - a jump, not an error
    """`{{continue}}`."""


class _Walker(Evaluator):
    """Runs one template of a program, with variables of its own."""

    def __init__(self, program: Program, data: Any) -> None:
        super().__init__(program.functions, program.meter, data)
        self.program = program

    def walk(self, dot: Any, block: nodes.Block) -> None:
        """Run the nodes of a block."""
        for node in block.nodes:
            self.meter.step()
            self.node = node
            if isinstance(node, nodes.Text):
                self.program.write(node.text)
            elif isinstance(node, nodes.Action):
                self._action(dot, node)
            elif isinstance(node, nodes.Branch):
                self._branch(dot, node)
            elif isinstance(node, nodes.Call):
                self._template(dot, node)
            else:
                raise _Break if str(node) == "{{break}}" else _Continue

    def _action(self, dot: Any, node: nodes.Action) -> None:
        value = self.pipeline(dot, node.pipe)
        if not node.pipe.variables:
            self.node = node
            self.program.write("<no value>" if nothing(value) else sprint(value))

    def _branch(self, dot: Any, node: nodes.Branch) -> None:
        mark, boxed = len(self.variables), self.boxed
        try:
            if node.word == "range":
                self._range(dot, node)
                return
            value = self.pipeline(dot, node.pipe)
            if truth(value):
                self.boxed = self.boxed and node.word == "if"
                self.walk(value if node.word == "with" else dot, node.body)
            elif node.otherwise is not None:
                self.walk(dot, node.otherwise)
        finally:
            del self.variables[mark:]
            self.boxed = boxed

    def _range(self, dot: Any, node: nodes.Branch) -> None:
        value = self.pipeline(dot, node.pipe)
        mark = len(self.variables)
        ran = False
        try:
            for index, item in self._items(value, len(node.pipe.variables)):
                ran = True
                self.boxed = isinstance(value, GoSlice | GoMap) and value.type.elem == ANY
                self._turn(node, mark, index, item)
        except _Break:
            return
        if not ran and node.otherwise is not None:
            self.walk(dot, node.otherwise)

    def _items(self, value: Any, variables: int) -> Iterator[tuple[Any, Any]]:
        """Index or key, and item, of everything a loop goes over; the order is fixed."""
        if nothing(value):
            return iter(())
        if isinstance(value, GoSlice):
            return iter(enumerate(value.items))
        if isinstance(value, GoMap):
            return iter(sorted_items(value))
        if kind_of(value) not in INTEGERS:
            raise GoError(sprintf("range can't iterate over %v", value))
        if variables > 1:
            raise GoError(sprintf("can't use %v to iterate over more than one variable", value))
        return ((INVALID, type(value)(number)) for number in range(value))

    def _turn(self, node: nodes.Branch, mark: int, index: Any, item: Any) -> None:
        """One turn of a loop."""
        self.meter.step()
        variables = node.pipe.variables
        if node.pipe.assigns and variables:
            self.set_variable(variables[0].names[0], item if len(variables) == 1 else index)
            if len(variables) > 1:
                self.set_variable(variables[1].names[0], item)
        elif variables:
            values = (item,) if len(variables) == 1 else (index, item)
            for place, (variable, value) in enumerate(zip(variables, values, strict=True), start=mark - len(values)):
                self.variables[place] = (variable.names[0], value)
        try:
            self.walk(item, node.body)
        except _Continue:
            return
        finally:
            del self.variables[mark:]

    def _template(self, dot: Any, node: nodes.Call) -> None:
        if node.name not in self.program.trees:
            raise GoError(f"template {quote(node.name)} not defined")
        if self.program.depth == MAX_DEPTH:
            raise GoError(f"exceeded maximum template depth ({MAX_DEPTH})")
        self.program.call(node.name, self.pipeline(dot, node.pipe))
