"""A Go message template: compiled once, rendered with counted work, errors in Go's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitbot.message.errors import TemplateError
from gitbot.message.gotemplate.data import template_data
from gitbot.message.gotemplate.functions import functions, refusal
from gitbot.message.gotemplate.parser import parse
from gitbot.message.gotemplate.text import joined
from gitbot.message.gotemplate.walk import Program
from gitbot.message.meter import MAX_TEMPLATE, Meter, begin, end


class CompiledGo:
    """A compiled Go template. Rendering it twice with equal data gives equal text."""

    def __init__(self, text: str, name: str) -> None:
        if len(text) > MAX_TEMPLATE:
            raise TemplateError(f"it has {len(text)} characters; the limit is {MAX_TEMPLATE}", name=name)
        self.name = name
        self._text = text
        self._functions = functions()
        self._trees = parse(text, name, refusal)

    def render(self, variables: Mapping[str, Any], meter: Meter) -> str:
        """The text for these variables; raises TemplateError for whatever goes wrong, with the line."""
        token = begin(meter)
        try:
            program = Program(self._text, self.name, self._trees, self._functions, meter)
            text = joined(program.run(template_data(variables)))
        except RecursionError as error:
            raise TemplateError("it is nested too deeply, or calls itself without end", name=self.name) from error
        finally:
            end(token)
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
