"""Evaluating pipelines, commands, fields and calls, as text/template does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitbot.message.gotemplate import nodes
from gitbot.message.gotemplate.arguments import GoError, assign, can_be_nil, constant, ideal, zero
from gitbot.message.gotemplate.function import Function
from gitbot.message.gotemplate.types import ANY, INVALID, STRING, VALUE, GoMap, GoSlice, GoStruct, Type, truth, type_of
from gitbot.message.meter import CHARACTERS_PER_STEP, Meter


class _Absent:
    """The type of ABSENT."""


ABSENT = _Absent()  # nothing comes from the command before


class Evaluator:
    """Evaluates in one template: its variables, the innermost last, and the node that is being worked on."""

    def __init__(self, functions: Mapping[str, Function], meter: Meter, data: Any) -> None:
        self.functions = functions
        self.meter = meter
        self.variables: list[tuple[str, Any]] = [("$", data)]
        self.node: nodes.Node | None = None
        self.held_in_interface = False  # whether the value whose field is read came out of an interface
        self.boxed = False  # whether dot did

    def set_variable(self, name: str, value: Any) -> None:
        """Assign to the innermost variable of this name."""
        for place in range(len(self.variables) - 1, -1, -1):
            if self.variables[place][0] == name:
                self.variables[place] = (name, value)
                return
        raise GoError(f"undefined variable: {name}")

    def variable(self, name: str) -> Any:
        """The value of the innermost variable of this name."""
        for own, value in reversed(self.variables):
            if own == name:
                return value
        raise GoError(f"undefined variable: {name}")

    def pipeline(self, dot: Any, pipe: nodes.Pipe | None) -> Any:
        """The value of a pipeline; the variables it declares stay on the stack."""
        if pipe is None:
            return INVALID
        self.node = pipe
        value: Any = ABSENT
        for command in pipe.commands:
            value = self._command(dot, command, value)
            if value is None:
                value = INVALID
        for variable in pipe.variables:
            if pipe.assigns:
                self.set_variable(variable.names[0], value)
            else:
                self.variables.append((variable.names[0], value))
        return value

    def _command(self, dot: Any, command: nodes.Command, final: Any) -> Any:
        self.meter.step()
        first = command.words[0]
        if isinstance(first, nodes.Identifier):
            return self._function(dot, first, command, command.words[1:], final)
        if isinstance(first, nodes.Field | nodes.Chain | nodes.Variable):
            return self._path(dot, first, command.words, final)
        if len(command.words) > 1 or final is not ABSENT:
            self.node = first if not isinstance(first, nodes.Pipe) else self.node
            raise GoError(f"can't give argument to non-function {first}")
        if isinstance(first, nodes.Pipe):
            return self.pipeline(dot, first)
        self.node = first
        if isinstance(first, nodes.Nil):
            raise GoError("nil is not a command")
        return dot if isinstance(first, nodes.Dot) else ideal(first)

    def _path(
        self, dot: Any, node: nodes.Field | nodes.Chain | nodes.Variable, words: list[nodes.Node], final: Any
    ) -> Any:
        """A field, a variable or a chain, with the arguments of the method it may name."""
        self.node = node
        names = node.names
        if isinstance(node, nodes.Chain):
            if isinstance(node.node, nodes.Nil):
                raise GoError(f"indirection through explicit nil in {node}")
            receiver = self._argument(dot, ANY, node.node)
        elif isinstance(node, nodes.Variable):
            receiver, names = self.variable(names[0]), names[1:]
            if not names:
                if len(words) > 1 or final is not ABSENT:
                    raise GoError(f"can't give argument to non-function {words[0]}")
                return receiver
        else:
            receiver = dot
        self.held_in_interface = self.boxed and isinstance(node, nodes.Field)
        for name in names[:-1]:
            owner, receiver = receiver, self._field(dot, name, node, [], ABSENT, receiver)
            self.held_in_interface = isinstance(owner, GoMap) and owner.type.elem == ANY
        return self._field(dot, names[-1], node, words[1:], final, receiver)

    def _field(self, dot: Any, name: str, node: nodes.Node, words: list[nodes.Node], final: Any, receiver: Any) -> Any:
        self.meter.step()
        if receiver is INVALID:
            return INVALID
        if receiver is None:
            raise GoError(f"nil pointer evaluating interface {{}}.{name}")
        if isinstance(receiver, GoStruct) and name in receiver.methods:
            method = receiver.methods[name]
            bound = Function(name, method.parameters, variadic=False, run=method.function)
            return self._call(dot, bound, node, words, final)
        value, complaint = self._member(receiver, name)
        if words or final is not ABSENT:
            raise GoError(f"{name} {complaint}")
        return value

    def _member(self, receiver: Any, name: str) -> tuple[Any, str]:
        """A struct's field or a map's entry, and what to say when it is given arguments."""
        if isinstance(receiver, GoStruct):
            value = receiver.get(name)
            if value is not INVALID:
                return value, "has arguments but cannot be invoked as function"
        elif isinstance(receiver, GoMap) and receiver.type.key in (STRING, ANY):
            return receiver.items.get(name, INVALID), "is not a method but has arguments"
        owner = ANY if self.held_in_interface else type_of(receiver)
        raise GoError(f"can't evaluate field {name} in type {owner}")

    def _function(
        self, dot: Any, node: nodes.Identifier, command: nodes.Node, words: list[nodes.Node], final: Any
    ) -> Any:
        self.node = node
        function = self.functions[node.name]
        if node.name in ("and", "or"):
            return self._and_or(dot, node.name, words, final)
        if node.name == "call" and words:
            words = [nodes.String(words[0].position, "", str(words[0])), *words]
        return self._call(dot, function, command, words, final)

    def _call(self, dot: Any, function: Function, node: nodes.Node, words: list[nodes.Node], final: Any) -> Any:
        count = len(words) + (final is not ABSENT)
        types = function.parameters
        fixed = len(types) - function.variadic
        if function.variadic and count < fixed:
            raise GoError(f"wrong number of args for {function.name}: want at least {fixed} got {len(words)}")
        if not function.variadic and count != fixed:
            raise GoError(f"wrong number of args for {function.name}: want {fixed} got {count}")
        wanted = [types[min(place, len(types) - 1)] for place in range(count)] if types else []
        arguments = [self._argument(dot, kind, word) for kind, word in zip(wanted, words, strict=False)]
        if final is not ABSENT:
            arguments.append(assign(final, wanted[-1]))
        return self._run(function.run, function.name, node, arguments)

    def _run(self, run: Callable[..., Any], name: str, node: nodes.Node, arguments: list[Any]) -> Any:
        self.meter.step(1 + sum(map(_size, arguments)))
        try:
            value = run(*arguments)
        except GoError as error:
            self.node = node
            raise GoError(f"error calling {name}: {error}") from error
        if isinstance(value, str):
            self.meter.check_text(len(value))
        elif isinstance(value, GoSlice | GoMap):
            self.meter.check_elements(len(value.items))
        self.meter.step(_size(value))
        return value

    def _and_or(self, dot: Any, name: str, words: list[nodes.Node], final: Any) -> Any:
        """`and` and `or` stop at the first argument that decides."""
        if not words and final is ABSENT:
            raise GoError(f"wrong number of args for {name}: want at least 1 got 0")
        value: Any = INVALID
        for word in words:
            value = self._argument(dot, VALUE, word)
            if truth(value) == (name == "or"):
                return value
        return value if final is ABSENT else final

    def _argument(self, dot: Any, wanted: Type, node: nodes.Node) -> Any:
        """The value of one argument, assigned to the type of its parameter."""
        self.node = node
        if isinstance(node, nodes.Dot):
            return assign(dot, wanted)
        if isinstance(node, nodes.Nil):
            if not can_be_nil(wanted):
                raise GoError(f"cannot assign nil to {wanted}")
            return zero(wanted)
        if isinstance(node, nodes.Pipe):
            return assign(self.pipeline(dot, node), wanted)
        if isinstance(node, nodes.Identifier):
            return assign(self._function(dot, node, node, [], ABSENT), wanted)
        if isinstance(node, nodes.Field | nodes.Variable | nodes.Chain):
            return assign(self._path(dot, node, [node], ABSENT), wanted)
        return constant(node, wanted)


def _size(value: Any) -> int:
    """What handling a value costs: its length, not counting what is nested in it."""
    if isinstance(value, str):
        return len(value) // CHARACTERS_PER_STEP
    return len(value.items) // 8 if isinstance(value, GoSlice | GoMap) else 0
