"""Make a Jinja template count: its tree is changed so that every loop turn, text and new value is paid for."""

from __future__ import annotations

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

_BODIES = (nodes.For, nodes.Macro, nodes.CallBlock, nodes.Block, nodes.FilterBlock, nodes.AssignBlock)
_OTHER_FILES = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


def instrument(tree: nodes.Template) -> nodes.Template:
    """The same tree, made to count; raises TemplateSyntaxError for tags that would load another template or switch escaping.

    `environment.tick(characters)` stands at the head of every repeated body, `environment.made` around every list, tuple and
    dict. The calls go through the environment itself, so that no name can hide them.
    """
    _refuse(tree)
    for node in tree.find_all(_BODIES):
        body: list[nodes.Node] = node.body  # type: ignore[attr-defined]  # each of _BODIES has one
        body.insert(0, _tick(node))
    tree.body.insert(0, _tick(tree))
    _Values().visit(tree)
    return tree


def _refuse(tree: nodes.Template) -> None:
    for node in tree.find_all(_OTHER_FILES):
        raise TemplateSyntaxError("a message is one template: it cannot include, import or extend another", node.lineno)
    for node in tree.find_all((nodes.EvalContextModifier,)):
        raise TemplateSyntaxError("autoescape has no meaning in a message", node.lineno)


def _tick(node: nodes.Node) -> nodes.ExprStmt:
    cost = nodes.Const(sum(len(text) for text in _own_text(node)))
    return nodes.ExprStmt(_call("tick", [cost], node.lineno), lineno=node.lineno)


def _own_text(node: nodes.Node) -> list[str]:
    """The literal text a body writes in one turn, without what stands in bodies that are counted themselves."""
    found: list[str] = []
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            found.append(child.data)
        elif not isinstance(child, _BODIES):
            found.extend(_own_text(child))
    return found


def _call(name: str, arguments: list[nodes.Expr], line: int) -> nodes.Call:
    return nodes.Call(nodes.EnvironmentAttribute(name), arguments, [], None, None, lineno=line)


class _Values(NodeTransformer):
    """Wraps what makes a new value out of others."""

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802 - named by Jinja2
        self.generic_visit(node)
        return _call("made", [node], node.lineno)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802 - named by Jinja2
        self.generic_visit(node)
        return _call("made", [node], node.lineno)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802 - named by Jinja2
        self.generic_visit(node)
        return _call("made", [node], node.lineno) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - named by Jinja2
        self.generic_visit(node)
        return _call("joined", list(node.nodes), node.lineno)
