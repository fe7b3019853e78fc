"""The parts of the pages that are made from the program: options, commands, metrics, bad input. `python -m tests.docs.generate`
writes them again, between `<!-- made: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click

from tests.docs import bad_input_tables
from tests.docs.markdown import table
from tests.docs.pages import PAGES, name_of

PART = re.compile(r"^<!-- made: (.+?) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)
SECTIONS = ("git", "service", "repositories", "images", "policies", "automations")


def made_again(text: str) -> str:
    """A page with every made part as it must be."""
    return PART.sub(lambda match: f"<!-- made: {match[1]} -->\n{_part(match[1])}<!-- end -->", text)


def _part(name: str) -> str:
    kind, _, which = name.partition(" ")
    return "\n" + _MAKERS[kind](which) + "\n"


# Options


def options(which: str) -> str:
    """The options of one section of the configuration, with what stands below them."""
    from gitbot.config.schema import config_schema

    schema = config_schema()
    model = schema if which == "top" else _below(schema["properties"][which], schema)
    skip = SECTIONS if which == "top" else ("policy",) if which == "policies" else ()
    found = list(_options(model or {}, schema, "", skip))
    if which == "policies":
        found += _options(schema["$defs"]["PolicyChoice"], schema, "policy.", ())
    return table(("option", "value", "default", "meaning"), found)


def _options(
    model: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, skip: Iterable[str]
) -> Iterator[list[str]]:
    required = [*model.get("required", []), *model.get("else", {}).get("required", [])]
    for key, value in model["properties"].items():
        if key in skip:
            continue
        below = _below(value, schema)
        default = "needed" if key in required else _default(value)
        meaning = value.get("description") or (below or {}).get("description", "")
        yield [f"`{prefix}{key}`", _value(value, schema), default, meaning]
        if below and below["title"] != "SecretSource":
            yield from _options(below, schema, f"{prefix}{key}{'[]' if value.get('type') == 'array' else ''}.", ())


def _below(value: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The model of a value, when it is a mapping of options or a list of such."""
    for one in [value, value.get("items", {}), *value.get("anyOf", [])]:
        if "$ref" in one:
            found: Mapping[str, Any] = schema["$defs"][one["$ref"].rpartition("/")[2]]
            return found
    return None


def _value(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    several = [one for one in value.get("anyOf", []) if one.get("type") != "null"]
    if several:
        return " or ".join(_value(one, schema) for one in several)
    below = _below(value, schema)
    if value.get("type") == "array":
        return f"list of {_value(value['items'], schema)}"
    if below:
        return "secret" if below["title"] == "SecretSource" else "mapping"
    if "enum" in value or "const" in value:
        return ", ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    if "examples" in value:
        return "duration"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping of texts"}
    return "path" if value.get("format") == "path" else words.get(value["type"], value["type"])


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    return (
        ""
        if default in (None, [], {}, "", [""])
        else f"`{default if isinstance(default, str) else json.dumps(default)}`"
    )


# Commands


def command(which: str) -> str:
    """How one command is called, and its options, as `--help` has them."""
    found, context = _command(which.split())
    usage = " ".join(found.collect_usage_pieces(context))
    lines = [
        [f"`{', '.join([*parameter.opts, *parameter.secondary_opts])}`", _taken(parameter), _meaning(parameter)]
        for parameter in found.params
        if isinstance(parameter, click.Option)
    ]
    shown = f"`gitbot {which} {usage}`\n\n{_help(found)}\n"
    return shown + (f"\n{table(('option', 'value', 'meaning'), lines)}" if lines else "")


def _command(path: list[str]) -> tuple[click.Command, click.Context]:
    from gitbot.cli.main import gitbot

    found: click.Command = gitbot
    context = click.Context(gitbot, info_name="gitbot")
    for name in path:
        assert isinstance(found, click.Group)
        below = found.get_command(context, name)
        assert below is not None, name
        found, context = below, click.Context(below, info_name=name, parent=context)
    return found, context


def _help(found: click.Command) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (found.help or "").split("\n\n"))


def _taken(parameter: click.Option) -> str:
    if parameter.is_flag:
        return ""
    if isinstance(parameter.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in parameter.type.choices)
    return f"`{parameter.metavar or parameter.type.name.split()[0].upper()}`"


def _meaning(parameter: click.Option) -> str:
    default = parameter.default
    given = isinstance(default, str | int) and not parameter.is_flag
    return f"{parameter.help or ''}{f' Default: `{default}`.' if given else ''}"


def commands() -> Iterator[str]:
    """Every command that can be called."""
    from gitbot.cli.main import COMMANDS

    for name in COMMANDS:
        found, context = _command([name])
        below = found.list_commands(context) if isinstance(found, click.Group) else []
        yield from [f"{name} {inner}" for inner in below] or [name]


# Metrics


def metrics(_: str) -> str:
    """What `/metrics` shows."""
    from gitbot.service.metrics import Metrics

    lines = []
    for family in Metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        lines.append([f"`{name}`", family.type, family.documentation])
    return table(("metric", "kind", "meaning"), lines)


# Fields of Flux


def flux_fields(kind: str) -> str:
    """What becomes of each field of one of Flux's kinds."""
    from gitbot.config.manifest_fields import FIELDS, OTHERS

    rows = [(f"spec.{name}", row) for name, row in FIELDS[kind].items()] + list(OTHERS.get(kind, {}).items())
    return table(("field", "", "how"), [[f"`{name}`", row.how, row.note] for name, row in rows])


_MAKERS: dict[str, Callable[[str], str]] = {
    "options": options,
    "command": command,
    "metrics": metrics,
    "flux": flux_fields,
    "bad-input": bad_input_tables.table_of,
}


def main() -> None:
    """Write every made part again, and say which pages changed."""
    for page in PAGES:
        before = page.read_text(encoding="utf-8")
        after = made_again(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"{name_of(page)}: written again")


if __name__ == "__main__":
    main()
