"""Go templates that attack or are nonsense: bounded work, and never more than text or one kind of error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitbot.message.errors import TemplateError
from gitbot.message.gotemplate.functions import functions
from tests.message.examples import render

DOUBLED = '{{ $x := "aaaaaaaaaaaaaaaa" }}'
LISTS = "{{ $x := list 1 }}" + "{{ $x = list $x $x }}" * 40
HOSTILE = {
    "repeat": '{{ repeat 999999999 "a" }}',
    "doubling by print": DOUBLED + "{{ $x = print $x $x }}" * 40,
    "growing by replace": DOUBLED + '{{ $x = replace "a" $x $x }}' * 9,
    "growing by join": DOUBLED + "{{ $x = join $x (list $x $x $x $x) }}" * 9,
    "growing by a regular expression": DOUBLED + '{{ $x = regexReplaceAll "(a+)" $x "$1$1$1$1" }}' * 20,
    "growing by printf": DOUBLED + '{{ $x = printf "%s%s%s" $x $x $x }}' * 40,
    "growing by quotes": '{{ $x := "a\\"" }}' + "{{ $x = quote $x }}" * 60,
    "growing by lists": "{{ $x := list 1 }}" + "{{ $x = concat $x $x }}" * 40,
    "growing decimals": "{{ mulf " + "1e300 " * 3_000 + "}}",
    "a wide printf": '{{ printf "%1000000d" 1 }}',
    "a precise printf": '{{ printf "%.1000000f" 1.5 }}',
    "a width from an operand": '{{ printf "%*d" 1000000 1 }}',
    "indent": '{{ indent 999999999 "a" }}',
    "wrapWith": '{{ wrapWith 1 (repeat 1000 "x") (repeat 1000 "y") }}',
    "until": "{{ until 999999999 }}",
    "untilStep": "{{ untilStep 0 9223372036854775807 1 }}",
    "seq": "{{ seq 999999999 }}",
    "a long range": "{{ range 9223372036854775807 }}{{ end }}",
    "three loops": "{{ range until 10000 }}{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}{{ end }}",
    "text in a loop": "{{ range 100000 }}" + "x" * 5_000 + "{{ end }}",
    "a template in itself": '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
    "a template twice in itself": '{{ define "a" }}{{ if . }}{{ template "a" (sub . 1) }}{{ template "a" (sub . 1) }}{{ end }}{{ end }}{{ template "a" 40 }}',
    "nested lists printed": LISTS + "{{ $x }}",
    "nested lists compared": LISTS + "{{ deepEqual $x (list $x $x) }}{{ uniq (list $x $x) }}",
    "nested lists copied": LISTS + "{{ deepCopy $x | len }}",
    "a dictionary in itself, printed": '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ $d }}',
    "a dictionary in itself, as JSON": '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ mustToJson $d }}',
    "a dictionary in itself, copied": '{{ $d := dict }}{{ $_ := set $d "a" $d }}{{ deepCopy $d }}',
    "a dictionary in itself, merged": '{{ $d := dict "x" 1 }}{{ $_ := set $d "a" $d }}{{ mergeOverwrite $d $d }}',
    "a slow pattern, often": '{{ range until 9999 }}{{ regexMatch "(.*)*x" (repeat 20000 "a") }}{{ end }}',
    "passwords": '{{ range until 20 }}{{ derivePassword 1 "long" "p" "u" "s" }}{{ end }}',
    "deep JSON": '{{ mustFromJson (repeat 60000 "[") }}',
    "deep parentheses": "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
    "deep blocks": "{{ if true }}" * 2_000 + "{{ end }}" * 2_000,
    "a huge number": "{{ " + "9" * 60_000 + " }}",
    "a template of 64 KiB": "x" * 70_000,
    "an address": '{{ printf "%p" (list) }}',
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_template_ends_with_an_error(text):
    with pytest.raises(TemplateError):
        render(text, engine="go")


ARGUMENTS = [
    "1", "-1", "0", "2.5", '"a"', '""', '"[a-z]+"', '"1.2.3"', "nil", "true", ".", "$", ".Values", "(list)", '(list 1 "a" nil)',
    '(dict "a" 1)', "(dict)", ".Changed.Changes", ".AutomationObject", "100", '"2006-01-02"', "9223372036854775807", "1i", '"\\xff"',
    '(semver "1.2.3")', '(toDate "2006" "2020")', "(list (list 1))",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(functions()))
@settings(max_examples=20, deadline=None)
@given(arguments=st.lists(st.sampled_from(ARGUMENTS), max_size=4))
def test_any_function_given_anything_answers_or_gives_a_template_error(name, arguments):
    check(f"{{{{ {name} {' '.join(arguments)} }}}}")


PIECES = [
    "{{", "}}", "{{- ", " -}}", " ", "if ", "else", "end", "range ", "with ", 'define "t"', 'template "t" ', 'block "t" ', "break", "continue", "nil",
    ".", ".Values", ".Changed.Changes", "$", "$x", ":=", "=", ",", "|", "(", ")", '"a"', "`r`", "'c'", "1", "2.5", "print ", "len ", "list ", "dict ",
    "{{ end }}", "{{ if true }}", "{{ else }}", "{{ range until 99 }}", "{{ $x := 1 }}", "{{ $x = list $x $x }}", "{{ $x = print $x $x }}", "/*", "*/", "é", "\n",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_template_ends_with_text_or_a_template_error(text):
    check(text)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_template_or_gives_a_template_error(text):
    check(text)
    check("{{" + text + "}}")


def check(text: str) -> None:
    """Render: text that git can store, without an address of this machine, or a TemplateError."""
    try:
        shown = render(text, engine="go")
    except TemplateError:
        return
    shown.encode()
    assert " object at 0x" not in shown
