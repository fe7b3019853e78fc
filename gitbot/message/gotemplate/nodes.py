"""The tree of a Go template. `position` is where a node starts in the text; `str` of a node is what Go shows in errors."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitbot.message.gotemplate.text import quote


@dataclass(slots=True)
class Node:
    """Any node."""

    position: int


@dataclass(slots=True)
class Text(Node):
    """Text outside actions."""

    text: str


@dataclass(slots=True)
class Bool(Node):
    """`true` or `false`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(slots=True)
class Dot(Node):
    """The cursor, `.`."""

    def __str__(self) -> str:
        return "."


@dataclass(slots=True)
class Nil(Node):
    """The constant `nil`."""

    def __str__(self) -> str:
        return "nil"


@dataclass(slots=True)
class Number(Node):
    """A number as it is written, and what it is as each kind of number (None: it is not of that kind)."""

    text: str
    integer: int | None = None
    unsigned: int | None = None
    floating: float | None = None
    complex_: complex | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class String(Node):
    """A string constant: as written, and the text it stands for."""

    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@dataclass(slots=True)
class Identifier(Node):
    """The name of a function."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Field(Node):
    """`.A.B`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Variable(Node):
    """`$x.A`: the first name is the variable's, with its `$`."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclass(slots=True)
class Chain(Node):
    """`(pipeline).A`, or fields of anything else that is neither a field nor a variable."""

    node: Node
    names: tuple[str, ...]

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return inner + "".join(f".{name}" for name in self.names)


@dataclass(slots=True)
class Command(Node):
    """One step of a pipeline: an operand, or a function or method with its arguments."""

    words: list[Node] = field(default_factory=list)

    def __str__(self) -> str:
        return " ".join(f"({word})" if isinstance(word, Pipe) else str(word) for word in self.words)


@dataclass(slots=True)
class Pipe(Node):
    """Commands joined by `|`, perhaps after a declaration or assignment of variables."""

    assigns: bool = False
    variables: list[Variable] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def __str__(self) -> str:
        shown = " | ".join(map(str, self.commands))
        if not self.variables:
            return shown
        return f"{', '.join(map(str, self.variables))} {'=' if self.assigns else ':='} {shown}"


@dataclass(slots=True)
class Action(Node):
    """`{{pipeline}}`."""

    pipe: Pipe

    def __str__(self) -> str:
        return "{{" + str(self.pipe) + "}}"


@dataclass(slots=True)
class Block(Node):
    """Nodes one after another."""

    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Branch(Node):
    """`if`, `with` or `range`, named by `word`."""

    word: str
    pipe: Pipe
    body: Block
    otherwise: Block | None

    def __str__(self) -> str:
        return "{{" + f"{self.word} {self.pipe}" + "}}"


@dataclass(slots=True)
class Call(Node):
    """`{{template "name" pipeline}}`."""

    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return "{{template " + quote(self.name) + (f" {self.pipe}" if self.pipe else "") + "}}"


@dataclass(slots=True)
class Jump(Node):
    """`{{break}}` or `{{continue}}`."""

    word: str

    def __str__(self) -> str:
        return "{{" + self.word + "}}"


def is_empty(node: Node) -> bool:
    """Whether a node is nothing but white space."""
    if isinstance(node, Block):
        return all(map(is_empty, node.nodes))
    return isinstance(node, Text) and not node.text.strip()
