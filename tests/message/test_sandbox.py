"""Templates that attack: each ends with an error, or with harmless text, after bounded work."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitbot.message.errors import TemplateError
from tests.message.examples import render

DOUBLED = "{% set x = 'aaaaaaaaaaaaaaaa' %}"
HOSTILE = {
    "power": "{{ 10 ** 10 ** 10 }}",
    "repeated text": "{{ ('a' * 300000000) | length }}",
    "repeated list": "{{ [1] * 99999999 }}",
    "percent formatting": "{{ '%999999999d' % 1 }}",
    "format method": "{{ '{:>999999999}'.format(1) }}",
    "format method by item": "{{ 'x'['format'](1) }}",
    "format method by attr": "{{ ('{:>9999999}' | attr('format'))(1) }}",
    "ljust": "{{ 'a'.ljust(999999999) }}",
    "zfill": "{{ 'a'.zfill(999999999) }}",
    "expandtabs": "{{ 'a\tb'.expandtabs(999999999) }}",
    "center": "{{ 'a' | center(999999999) }}",
    "indent": "{{ 'a' | indent(999999999) }}",
    "wordwrap": "{{ 'a' | wordwrap(99999999) }}",
    "round": "{{ 5 | round(999999999) }}",
    "batch": "{{ [1] | batch(999999999, 1) | list }}",
    "slice": "{{ [1] | slice(999999999) | list }}",
    "sum of lists": "{{ [[1], [2]] | sum(start=[]) }}",
    "doubling by ~": DOUBLED + "{% set x = x ~ x %}" * 40,
    "doubling by +": DOUBLED + "{% set x = x + x %}" * 40,
    "doubling by a block": DOUBLED + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "growing by the filter replace": DOUBLED + "{% set x = x | replace('a', x) %}" * 9,
    "growing by the method replace": DOUBLED + "{% set x = x.replace('a', x) %}" * 9,
    "growing by the method join": DOUBLED + "{% set x = x.join([x, x, x, x, x, x]) %}" * 9,
    "growing by the filter join": DOUBLED + "{% set x = [x, x, x, x, x, x] | join(x) %}" * 9,
    "growing by numbers": "{% set x = 9999999999 %}" + "{% set x = x * x %}" * 40,
    "nested lists": "{% set x = [1] %}" + "{% set x = [x, x] %}" * 40 + "{{ x }}",
    "nested tuples as keys": "{% set x = (1,) %}" + "{% set x = (x, x) %}" * 40 + "{{ {x: 1} }}",
    "nested lists compared": "{% set x = [1] %}{% set y = [1] %}" + "{% set x = [x, x] %}{% set y = [y, y] %}" * 40 + "{{ x == y }}",
    "nested mappings as JSON": "{% set x = {'a': 1} %}" + "{% set x = {'a': x, 'b': x} %}" * 40 + "{{ x | tojson }}",
    "nested views": "{% set x = {'a': 1} %}" + "{% set x = {'a': x.items(), 'b': x.values()} %}" * 40 + "{{ x }}",
    "lists added": "{% set x = range(9999) | list %}" + "{% set x = x + x %}" * 20,
    "three loops": "{% for a in range(10000) %}{% for b in range(10000) %}{% for c in range(10000) %}{% endfor %}{% endfor %}{% endfor %}",
    "a long range": "{% for a in range(100000000) %}{% endfor %}",
    "a macro in itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro twice in itself": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "a recursive loop": "{% for x in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
    "text in a loop": "{% for i in range(9999) %}" + "x" * 5_000 + "{% endfor %}",
    "text in a macro": "{% macro m() %}{% for i in range(9999) %}" + "x" * 5_000 + "{% endfor %}{% endmacro %}{% set y = m() %}",
    "deep parentheses": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "deep blocks": "{% if 1 %}" * 1_000 + "{% endif %}" * 1_000,
    "deep loops": "{% for a in [1] %}" * 30 + "{% endfor %}" * 30,
    "a huge number": "{{ " + "9" * 5_000 + " }}",
    "the class of a text": "{{ ''.__class__.__mro__ }}",
    "the class by attr": "{{ '' | attr('__class__') }}",
    "the class by item": "{{ ''['__class__'] }}",
    "the class by map": "{{ [''] | map(attribute='__class__') | list }}",
    "the data of a view": "{{ values._data }}",
    "the globals of a view": "{{ changed.__init__.__globals__ }}",
    "the globals of a function": "{{ cycler.__init__.__globals__.os.environ }}",
    "the context": "{{ self._TemplateReference__context }}",
    "a method of a number": "{{ (1).to_bytes(999999999, 'big') }}",
    "changing a list": "{{ [1].append(2) }}",
    "changing a mapping": "{{ {}.update({}) }}",
    "chance": "{{ lipsum() }}",
    "chance by map": "{{ [[1]] | map('random') | list }}",
    "an address of memory": "{{ range }}",
    "an address in a list": "{{ [cycler('a')] }}",
    "an address through a filter": "{{ range | upper }}",
    "escaping switched on": "{% autoescape true %}{{ '<' }}{% endautoescape %}",
    "another template": "{% import 'x' as y %}",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_ends_with_an_error(text):
    with pytest.raises(TemplateError):
        render(text)


PIECES = [
    "{% for x in range(99) %}", "{% for x in y %}", "{% endfor %}", "{% if x %}", "{% else %}", "{% endif %}", "{% set x = ", "[x, x]", "{'a': x}",
    "(x, x)", "x ~ x", "x + x", "x * 99", "x ** 9", "x % 9", " %}", "{{ ", "x", " }}", "| list", "| join(x)", "| replace('a', x)", "| string", "| tojson",
    "| batch(9)", "| indent(9)", "| sort", "| unique", ".items()", ".__class__", "['a']", "[0]", "(x)", "'aaaa'", "999999", "changed", "changed.files",
    "changed.changes()", "values", "{% macro y(x) %}", "{% endmacro %}", "{% set y %}", "{% endset %}", "{% filter upper %}", "{% endfilter %}",
    "range(9)", "namespace(a=1)", "\n", "text ",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_template_ends_with_text_or_a_template_error(text):
    try:
        shown = render(text)
    except TemplateError:
        return
    assert len(shown) < 2_100_000
    assert " object at 0x" not in shown


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_template_or_gives_a_template_error(text):
    try:
        assert isinstance(render(text), str)
    except TemplateError:
        return
