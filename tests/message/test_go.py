"""Flux's Go templates: every action, the data, printf, and errors in Go's words. Outputs are those of Go's own text/template."""

from __future__ import annotations

import pytest

from gitbot.message.errors import REMOVED_FIELD, TemplateError
from gitbot.message.render import check_template, compile_message
from gitbot.plan.result import ResultV2
from tests.message.examples import FIXTURES, context, many, one_change, render, with_images


def go(text, changed=None, **more):
    return render(text, changed, "go", **more)


def test_a_template_without_actions_is_its_own_text():
    assert go("Update\n\nimages") == "Update\n\nimages"


def test_an_empty_template_renders_nothing():
    assert go("") == ""


def test_no_change_ranges_over_nothing():
    assert (
        go("{{ range .Changed.Changes }}x{{ else }}none{{ end }} {{ len .Changed.FileChanges }}", ResultV2())
        == "none 0"
    )


def test_no_change_is_nil_in_json_as_in_flux():
    assert go("{{ .Changed.Changes | toJson }} {{ .Changed.Objects | toJson }}.", ResultV2()) == "null ."


def test_the_sample_message_of_the_seed_comes_out_exactly():
    text = """Automation: {{ .AutomationObject }}

{{ range $file, $objects := .Changed.FileChanges -}}
- File: {{ $file }}
{{- range $object, $changes := $objects }}
  - Object: {{ $object.Kind }}/{{ $object.Namespace }}/{{ $object.Name }}
    Changes:
{{- range $_, $change := $changes }}
    - {{ $change.OldValue }} -> {{ $change.NewValue }}
{{- end }}
{{- end }}

{{ end -}}"""
    assert go(text, automation="flux-system/flux-system") == (FIXTURES / "seed.txt").read_text() + "\n"


ACTIONS = {
    "if": ("{{ if true }}a{{ else }}b{{ end }}", "a"),
    "else if": ("{{ if false }}a{{ else if true }}c{{ else }}b{{ end }}", "c"),
    "with": ("{{ with .Values.cluster }}{{ . }}{{ end }}", "prod"),
    "else with": ('{{ with "" }}x{{ else with "y" }}{{ . }}{{ else }}z{{ end }}', "y"),
    "with a variable": ("{{ with $x := .Values.cluster }}{{ $x }}{{ . }}{{ end }} {{ $.Values.team }}", "prodprod Core Platform"),
    "range over a list": ('{{ range $i, $e := list "a" "b" }}{{ if $i }}, {{ end }}{{ $e }}{{ end }}', "a, b"),
    "range over a map, sorted": ('{{ range $k, $v := dict "b" 1 "a" 2 }}{{ $k }}{{ $v }} {{ end }}', "a2 b1 "),
    "range over a number": ("{{ range 3 }}{{ . }}{{ end }}|{{ range $i := 2 }}{{ $i }}{{ end }}", "012|01"),
    "range with assignment": ("{{ $i := 9 }}{{ $x := 1 }}{{ range $i, $x = until 3 }}{{ end }}{{ $x }}{{ $i }}", "22"),
    "break and continue": ("{{ range until 9 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", "02"),
    "scopes of variables": ('{{ $x := "a" }}{{ if true }}{{ $x := "b" }}{{ $x }}{{ end }}{{ $x }}', "ba"),
    "assignment": ("{{ $n := 0 }}{{ range .Changed.Changes }}{{ $n = add $n 1 }}{{ end }}{{ $n }}", "5"),
    "define and template": ('{{ define "a" }}[{{ . }}]{{ end }}{{ template "a" 1 }}{{ template "a" }}', "[1][<no value>]"),
    "a template sees its own $": ('{{ define "a" }}{{ $ }}{{ end }}{{ template "a" "q" }}', "q"),
    "block": ('{{ block "b" .Values }}[{{ .cluster }}]{{ end }}', "[prod]"),
    "trim markers": ("a \n {{- 3 -}} \n b", "a3b"),
    "a minus that is no marker": ("{{ -3 }}{{- -3 -}}", "-3-3"),
    "comments": ("a{{/* c */}}b {{- /* d */ -}} c", "abc"),
    "pipelines": ('{{ .Values.team | lower | replace " " "-" }} {{ print 1 | print 2 | print 3 }}', "core-platform 321"),
    "parentheses": ("{{ (index .Changed.Changes 0).NewValue }} {{ (print 1) }}", "5.0.3 1"),
    "numbers": ("{{ 0x10 }} {{ 0b101 }} {{ 0o17 }} {{ 017 }} {{ 1_000 }} {{ 1e3 }} {{ .5 }} {{ -1 }} {{ 1i }} {{ 1+2i }}", "16 5 15 15 1000 1000 0.5 -1 (0+1i) (1+2i)"),
    "characters": ("{{ 'a' }} {{ '\\n' }} {{ '\\x41' }} {{ 'é' }}", "97 10 65 233"),
    "strings": ('{{ "\\u00e9\\t\\"\\x41\\101" }}{{ `raw\\n{{` }}', 'é\t"AAraw\\n{{'),
    "and, or, not": ('{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not true }} {{ or 1 (fail "no") }} {{ 0 | and 1 }}', "0 x false 1 0"),
    "comparisons": ('{{ eq 1 2 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 2.5 }} {{ eq 1 (int64 1) }} {{ eq .Values.x nil }}', "true true true true true false true true"),
    "index, slice, len": ('{{ index .Values "cluster" }} {{ index (list 1 2) 1 }} {{ index "abc" 1 }} {{ slice (list 1 2 3) 1 2 }} {{ len "é" }}', "prod 2 98 [2] 2"),
    "html, js, urlquery": ("{{ html \"<a href='x'>&\" }} {{ js \"it's <x>\" }} {{ urlquery \"a b&é\" }}", "&lt;a href=&#39;x&#39;&gt;&amp; it\\'s \\u003Cx\\u003E a+b%26%C3%A9"),
    "print and println": ('{{ print 1 2 "a" "b" 3 4 nil }}|{{ println 1 "a" }}', "1 2ab3 4 <nil>|1 a\n"),
    "a missing value": ('{{ .Values.nothere }}|{{ index .Values "nothere" }}|{{ .Values.a.b }}', "<no value>||<no value>"),
    "a method's result": ("{{ .AutomationObject.String }} {{ .AutomationObject.Namespace | upper }}", "flux-system/fleet FLUX-SYSTEM"),
    "fields of a dictionary": ('{{ (dict "a" (dict "b" 2)).a.b }}', "2"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), ACTIONS.values(), ids=ACTIONS)
def test_an_action(text, wanted):
    assert go(text) == wanted


DATA = {
    "an object": ("{{ range $o, $_ := .Changed.Objects }}{{ $o }} {{ $o.APIVersion }} {{ $o.NameMeta.Name }}{{ end }}", "{{{apps/v1 Deployment} {app ns}}} apps/v1 app"),
    "a change": ('{{ range .Changed.Changes }}{{ . }} {{ .Setter }} {{ printf "%+v %#v" . . }}{{ end }}', '{app:1 app:2 ns:app} ns:app {OldValue:app:1 NewValue:app:2 Setter:ns:app} update.Change{OldValue:"app:1", NewValue:"app:2", Setter:"ns:app"}'),
    "everything": ("{{ . }}", "{flux-system/fleet {map[a.yaml:map[{{{apps/v1 Deployment} {app ns}}}:[{app:1 app:2 ns:app}]]]} map[cluster:prod empty: flag:true multi:a,b,c team:Core Platform]}"),
    "types": ('{{ printf "%T %T %T %T" . .Changed .Changed.Objects .Changed.Changes }}', "source.TemplateData update.Result update.ObjectChanges []update.Change"),
    "JSON of changes": ("{{ .Changed.Changes | toJson }}", '[{"OldValue":"app:1","NewValue":"app:2","Setter":"ns:app"}]'),
    "JSON of objects is no JSON in Go": ("{{ .Changed.Objects | toJson }}{{ .Changed | toJson }}", ""),
    "JSON of one object": ("{{ range $o, $_ := .Changed.Objects }}{{ toJson $o }}{{ end }}", '{"apiVersion":"apps/v1","kind":"Deployment","name":"app","namespace":"ns"}'),
    "the older result, images": ("{{ range .Updated.Images }}{{ . }} ({{ .Policy }}) {{ .Policy.Name }} {{ .Identifier }} {{ .Repository }} {{ .Registry }} {{ .Name }}{{ end }}", "app:2 (ns/app) app 2 library/app index.docker.io index.docker.io/library/app:2"),
    "the older result, objects": ("{{ range $o, $i := .Updated.Objects }}{{ $o.Kind }} {{ $o.Name }} {{ $i }}{{ end }}", "Deployment app [app:2]"),
    "the older result, files": ("{{ range $f, $r := .Updated.Files }}{{ $f }}{{ range $o, $_ := $r.Objects }} {{ $o.Name }}{{ end }}{{ end }}", "a.yaml app"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), DATA.values(), ids=DATA)
def test_the_data(text, wanted):
    assert compile_message(text, name="t", engine="go").render(with_images(one_change())) == wanted


PRINTED = {
    "%v": ('"a" 1 true 2.5 nil', "%v %v %v %v %v", "a 1 true 2.5 <nil>"),
    "%+v and %#v": ('(dict "a" 1) (list 1 "b")', "%+v %#v", 'map[a:1] []interface {}{1, "b"}'),
    "%T": ('1 "a" (add 1 2) 1.5 (list)', "%T %T %T %T %T", "int string int64 float64 []interface {}"),
    "%s and %q": ('"a\\"é" "a\\"é"', "%s %q", 'a"é "a\\"é"'),
    "%+q and %#q": ('"é" "a"', "%+q %#q", '"\\u00e9" `a`'),
    "%d in its widths": ("42 42 42 42 -42", "%5d|%-5d|%05d|%+d|%x", "   42|42   |00042|+42|-2a"),
    "%b %o %O %X %#x %c %U %q": ("5 8 8 255 255 65 233 97", "%b %o %O %X %#x %c %U %q", "101 10 0o10 FF 0xff A U+00E9 'a'"),
    "%e %f %g": ("1.5 1.5 1000000.0", "%e %.2f %g", "1.500000e+00 1.50 1e+06"),
    "%6.2f and %-8.3f": ("3.14159 2.5", "%6.2f|%-8.3f|", "  3.14|2.500   |"),
    "%x of a text": ('"hé" "hé" "hé"', "%x % X %#x", "68c3a9 68 C3 A9 0x68c3a9"),
    "%t": ("true 1", "%t %t", "true %!t(int=1)"),
    "width and precision from operands": ("5 1 3 2.5", "%*d|%.*f", "    1|2.500"),
    "chosen operands": ("1 2", "%[2]d %[1]d", "2 1"),
    "%%": ("", "100%%", "100%"),
    "a missing operand": ("", "%d", "%!d(MISSING)"),
    "an operand too many": ("1 2", "%d", "1%!(EXTRA int=2)"),
    "no verb": ("1", "%", "%!(NOVERB)%!(EXTRA int=1)"),
    "a verb that does not exist": ("1", "%z", "%!z(int=1)"),
    "a verb that does not fit": ('"a" nil', "%d %d", "%!d(string=a) %!d(<nil>)"),
    "a list of texts": ('(list "a" "b")', "%q %s", '["a" "b"] %!s(MISSING)'),
    "a String method": (".AutomationObject .AutomationObject", "%s %d", "flux-system/fleet {%!d(string=flux-system) %!d(string=fleet)}"),
}  # fmt: skip


@pytest.mark.parametrize(("operands", "verbs", "wanted"), PRINTED.values(), ids=PRINTED)
def test_printf(operands, verbs, wanted):
    assert go('{{ printf "' + verbs + '" ' + operands + " }}") == wanted


ERRORS = {
    "unclosed action": ("a\n{{ .Values.cluster", "2: unclosed action"),
    "unclosed comment": ("{{/* a", "1: unclosed comment"),
    "comment without its end": ("x\n{{- /* a */ }} y", "2: comment ends before closing delimiter"),
    "missing value": ("{{ range }}", "1: missing value for range"),
    "unexpected end": ("{{ end }}", "1: unexpected {{end}}"),
    "end of file": ("\n{{ if true }}\n", "3: unexpected EOF"),
    "unknown function": ("{{ nofunc 1 }}", '1: function "nofunc" not defined'),
    "unknown variable": ("{{ $x }}", '1: undefined variable "$x"'),
    "a dash in a field": ("{{ .Values.b-c }}", "1: bad character U+002D '-'"),
    "unterminated string": ('{{ "a }}', "1: unterminated quoted string"),
    "break outside": ("{{ break }}", "1: {{break}} outside {{range}}"),
    "a pipeline of constants": ('{{ 1 | "a" }}', "1: non executable command in pipeline stage 2"),
    "nil alone": ("{{ nil }}", '1:3: executing "t" at <nil>: nil is not a command'),
    "a wrong index": ("a\nb {{ index .Values 1 }}", '2:5: executing "t" at <index .Values 1>: error calling index: value has type int; should be string'),
    "out of range": ("{{ index (list 1) 5 }}", '1:3: executing "t" at <index (list 1) 5>: error calling index: index out of range: 5'),
    "a wrong type": ("{{ upper 1 }}", '1:9: executing "t" at <1>: expected string; found 1'),
    "another wrong type": ("{{ until (add 1 2) }}", '1:16: executing "t" at <2>: wrong type for value; expected int; got int64'),
    "too few arguments": ("{{ upper }}", '1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 0'),
    "types that do not compare": ('{{ eq "a" 1 }}', '1:3: executing "t" at <eq "a" 1>: error calling eq: incompatible types for comparison: string and int'),
    "division by zero": ("{{ div 1 0 }}", '1:3: executing "t" at <div 1 0>: error calling div: runtime error: integer divide by zero'),
    "fail": ('{{ fail "boom" }}', '1:3: executing "t" at <fail "boom">: error calling fail: boom'),
    "a template that is not there": ('{{ template "zz" }}', '1:12: executing "t" at <{{template "zz"}}>: template "zz" not defined'),
    "inside another template": ('x\n{{ define "a" }}\n{{ .Foo }}{{ end }}{{ template "a" . }}', '3:3: executing "a" at <.Foo>: can\'t evaluate field Foo in type source.TemplateData'),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), ERRORS.values(), ids=ERRORS)
def test_an_error_says_what_go_says(text, said):
    with pytest.raises(TemplateError) as caught:
        check_template(text, name="t", engine="go")
    assert caught.value.message == f"template: t:{said}"


HINTS = {
    "a removed field": ("{{ .Changed.ImageResult }}", ".Changed.FileChanges or .Changed.Objects"),
    "a field that never was": ("{{ .Source }}", ".AutomationObject, .Changed, .Updated and .Values"),
    "a field of a change": ("{{ range .Changed.Changes }}{{ .Old }}{{ end }}", ".OldValue, .NewValue and .Setter"),
    "chance": ("{{ randInt 1 2 }}", "differs from run to run"),
    "the clock": ("{{ now }}", "Flux leaves it out too"),
    "keys": ('{{ genPrivateKey "rsa" }}', "do not belong in a message"),
}


@pytest.mark.parametrize(("text", "hint"), HINTS.values(), ids=HINTS)
def test_an_error_hints_at_what_to_do(text, hint):
    with pytest.raises(TemplateError) as caught:
        check_template(text, name="t", engine="go")
    assert hint in caught.value.hint


def test_a_removed_field_has_the_reason_flux_gives():
    with pytest.raises(TemplateError) as caught:
        go("{{ .Changed.ImageResult }}")
    assert caught.value.reason == REMOVED_FIELD


REFUSED = [
    *(
        "ago",
        "bcrypt",
        "htpasswd",
        "encryptAES",
        "decryptAES",
        "randInt",
        "shuffle",
        "uuidv4",
        "now",
        "date",
        "dateInZone",
    ),
    *(
        "randAlpha",
        "randAlphaNum",
        "randAscii",
        "randBytes",
        "randNumeric",
        "dateModify",
        "date_in_zone",
        "date_modify",
    ),
    *("htmlDate", "htmlDateInZone", "env", "expandenv", "getHostByName", "buildCustomCert", "genCA", "genCAWithKey"),
    *("genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey"),
]


@pytest.mark.parametrize("name", REFUSED)
def test_a_function_that_is_not_deterministic_is_refused_by_name_when_loaded(name):
    with pytest.raises(TemplateError, match=f'function "{name}" not defined'):
        compile_message("{{ if false }}{{ " + name + " }}{{ end }}", name="t", engine="go")


def test_a_large_update_can_be_described():
    text = go(
        "{{ range $f, $os := .Changed.FileChanges }}{{ $f }}\n{{ range $o, $cs := $os }}{{ range $cs }}- {{ $o.Kind }}/{{ $o.Name }}: {{ .OldValue }} -> {{ .NewValue }}\n{{ end }}{{ end }}{{ end }}",
        many(3_000),
    )
    assert text.count(" -> ") == 3_000


def test_rendering_twice_gives_the_same_text():
    template = compile_message('{{ $d := dict }}{{ $_ := set $d "a" 1 }}{{ $d }}{{ keys $d }}', name="t", engine="go")
    assert template.render(context()) == template.render(context())
