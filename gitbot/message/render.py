"""From a template's text to the message of a commit: compile, try on sample data, render, make fit for a commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from gitbot.message.context import MessageContext, seen
from gitbot.message.errors import TemplateError
from gitbot.message.meter import Meter
from gitbot.message.sample import samples

Engine = Literal["jinja", "go"]

# What Flux writes when an automation has no template; no line break follows.
DEFAULT_MESSAGE = "Update from image update automation"
MAX_MESSAGE = 65_536  # characters: what the common forges accept as the description of a change
_CUT = "\n[the message was cut here]\n"


class _Compiled(Protocol):
    """What both engines give."""

    def render(self, variables: Mapping[str, Any], meter: Meter) -> str: ...


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template of either engine."""

    name: str
    engine: Engine
    compiled: _Compiled

    def render(self, context: MessageContext) -> str:
        """The text as the template writes it, empty allowed; raises TemplateError naming template and line.

        The same context gives the same text. Work and length are bounded, in proportion to the number of changes.
        """
        view = seen(context)
        return self.compiled.render(view.variables(), Meter.for_changes(len(view.changed.distinct)))


def compile_message(text: str, *, name: str, engine: Engine = "jinja") -> Template:
    """Compile a template; `name` is what errors call it. Raises TemplateError with the line of the first mistake."""
    if engine == "go":
        from gitbot.message.gotemplate.template import CompiledGo

        return Template(name, engine, CompiledGo(text, name))
    from gitbot.message.jinja import CompiledJinja

    return Template(name, engine, CompiledJinja(text, name))


def check_template(
    text: str, *, name: str, engine: Engine = "jinja", values: Mapping[str, str] | None = None
) -> Template:
    """Compile a template and render it on sample data with the user's own values, so that mistakes show before a run does.

    Raises TemplateError. The samples have several files, an object without a namespace, and no change at all.
    """
    template = compile_message(text, name=name, engine=engine)
    for sample in samples(values or {}):
        template.render(sample)
    return template


def commit_message(rendered: str, *, name: str = "message") -> str:
    """The rendered text made fit for a commit: no control character but tab and newline, at most MAX_MESSAGE characters.

    A longer text is cut at the end of a line and says so. Raises TemplateError when nothing but white space is left.
    """
    text = "".join(char for char in rendered.replace("\r\n", "\n") if char in "\n\t" or not _is_control(char))
    if not text.strip():
        raise TemplateError("the commit message is empty", name=name, hint="let the template write at least one line")
    if len(text) <= MAX_MESSAGE:
        return text
    kept = text[: MAX_MESSAGE - len(_CUT)]
    return kept[: kept.rfind("\n") if kept.rfind("\n") > MAX_MESSAGE // 2 else None] + _CUT


def _is_control(char: str) -> bool:
    """C0, DEL, C1 and lone surrogates, which git could not store as UTF-8."""
    number = ord(char)
    return number < 0x20 or 0x7F <= number < 0xA0 or 0xD800 <= number < 0xE000


__all__ = [
    "DEFAULT_MESSAGE",
    "MAX_MESSAGE",
    "Engine",
    "Template",
    "check_template",
    "commit_message",
    "compile_message",
]
