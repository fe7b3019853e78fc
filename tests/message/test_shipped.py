"""The four shipped templates, each with its whole output."""

from __future__ import annotations

import re

import pytest

from gitbot.message.render import check_template, commit_message, compile_message
from gitbot.plan.result import ResultV2
from tests.message.examples import FIXTURES, HELD, PROBLEM, SHIPPED, context, one_change

MORE = {"branch": "main", "revision": "main@sha1:0123", "problems": (PROBLEM,), "held": (HELD,)}
NAMES = ["conventional.j2", "default.j2", "detailed.j2", "pull_request.md.j2"]


def test_four_templates_are_shipped():
    assert sorted(path.name for path in SHIPPED.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_template_passes_the_check_at_load(name):
    check_template((SHIPPED / name).read_text(), name=name)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_template_says_something_even_when_nothing_changed(name):
    template = compile_message((SHIPPED / name).read_text(), name=name)
    assert commit_message(template.render(context(ResultV2())))


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_template_writes(name):
    template = compile_message((SHIPPED / name).read_text(), name=name)
    assert template.render(context(**MORE)) == (FIXTURES / f"{name.removesuffix('.j2')}.txt").read_text()


def test_one_change_is_named_in_the_subject_of_the_conventional_template():
    template = compile_message((SHIPPED / "conventional.j2").read_text(), name="conventional.j2")
    assert template.render(context(one_change())).startswith("chore(deps): update app:1 to app:2\n\n")


def test_markup_from_a_repository_takes_no_effect_in_a_pull_request():
    old = "`@everyone` | **x** <script> [a](http://evil) #1 ``"
    template = compile_message((SHIPPED / "pull_request.md.j2").read_text(), name="pull_request.md.j2")
    shown = template.render(context(one_change(old=old, path="a|`b`.yaml")))
    row = next(line for line in shown.splitlines() if "everyone" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "| ``` `@everyone` \\| **x** <script> [a](http://evil) #1 `` ``` |" in row
    assert "### ``a|`b`.yaml``" in shown
