"""Jinja2 messages: compile once, render with counted work, errors with the template's name and line."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jinja2 import Template as JinjaTemplate
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError

from gitbot.message.errors import LimitReachedError, TemplateError
from gitbot.message.meter import MAX_TEMPLATE, Meter, begin, end
from gitbot.message.sandbox import Environment, Missing
from gitbot.printable import printable

_LEFT_OUT = {
    "center": "the width cannot be bounded",
    "e": "a message is not HTML",
    "escape": "a message is not HTML",
    "forceescape": "a message is not HTML",
    "format": "join texts with ~ instead",
    "pprint": "its output depends on the machine",
    "random": "a message must be the same every time",
    "safe": "a message is not HTML",
    "striptags": "a message is not HTML",
    "urlize": "a message is not HTML",
    "xmlattr": "a message is not HTML",
}


class CompiledJinja:
    """A compiled Jinja2 template. Rendering it twice with equal data gives equal text."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        if len(text) > MAX_TEMPLATE:
            raise TemplateError(f"it has {len(text)} characters; the limit is {MAX_TEMPLATE}", name=name)
        self._environment = Environment()
        self._template = self._compile(text)

    def _compile(self, text: str) -> JinjaTemplate:
        environment = self._environment
        try:
            tree = environment.counted_tree(text, self.name)
            compiled = environment.compile(tree, name=self.name, filename=self.name)
            return JinjaTemplate.from_code(environment, compiled, environment.globals)
        except TemplateSyntaxError as error:
            said = error.message or "syntax error"
            raise TemplateError(said, name=self.name, line=error.lineno, hint=_about(said)) from error
        except RecursionError as error:
            raise TemplateError("it is nested too deeply", name=self.name) from error
        except (SyntaxError, ValueError, OverflowError, MemoryError) as error:
            raise TemplateError(f"it cannot be compiled: {error}", name=self.name) from error

    def render(self, variables: Mapping[str, Any], meter: Meter) -> str:
        """The text for these variables; raises TemplateError for whatever goes wrong, with the line."""
        token = begin(meter)
        try:
            context = self._template.new_context(dict(variables))
            return "".join(self._template.root_render_func(context))
        except UndefinedError as error:
            raise self._error(str(error.message), error, _missing_hint(error)) from error
        except SecurityError as error:
            raise self._error(str(error), error) from error
        except LimitReachedError as error:
            raise self._error(str(error), error, "make the message shorter, or loop over less") from error
        except RecursionError as error:
            raise self._error("it calls itself too deeply", error) from error
        except Exception as error:
            raise self._error(f"{type(error).__name__}: {error}", error) from error
        finally:
            end(token)

    def _error(self, said: str, error: BaseException, hint: str = "") -> TemplateError:
        return TemplateError(printable(said, 1000), name=self.name, line=self._line(error.__traceback__), hint=hint)

    def _line(self, trace: TracebackType | None) -> int:
        """The line of the innermost frame that belongs to the template; 0 when there is none."""
        line = 0
        while trace is not None:
            if trace.tb_frame.f_globals.get("environment") is self._environment:
                line = self._template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return line


def _missing_hint(error: BaseException) -> str:
    """What the missing value itself knows: it is the `self` of the frame that raised."""
    trace = error.__traceback__
    while trace is not None:
        value = trace.tb_frame.f_locals.get("self")
        if isinstance(value, Missing):
            return value.hint
        trace = trace.tb_next
    return ""


def _about(said: str) -> str:
    """Why a filter that Jinja2 has is not there."""
    name = said.partition("No filter named '")[2].partition("'")[0]
    return f"the filter {name!r} is left out: {_LEFT_OUT[name]}" if name in _LEFT_OUT else ""
