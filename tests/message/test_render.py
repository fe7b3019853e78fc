"""Jinja2 messages: what a template sees, what it gets for a mistake, and what is made of the text for a commit."""

from __future__ import annotations

import pytest

from gitbot.message.errors import TemplateError
from gitbot.message.render import MAX_MESSAGE, check_template, commit_message, compile_message
from gitbot.plan.result import Change, ObjectId, ResultV2, result_of
from tests.message.examples import FIXTURES, HELD, PROBLEM, context, many, one_change, render, seed, with_images


def test_a_template_without_actions_is_its_own_text():
    assert render("Update\n\nimages\n") == "Update\n\nimages\n"


def test_no_change_renders_as_empty_lists():
    assert (
        render("{{ changed.files | length }} {{ changed.changes() | length }} {{ changed }}", ResultV2())
        == "0 0 0 changes in 0 files"
    )


def test_the_sample_message_of_the_seed_comes_out_exactly():
    template = compile_message((FIXTURES / "seed.j2").read_text(), name="seed.j2")
    assert template.render(context(automation="flux-system/flux-system")) == (FIXTURES / "seed.txt").read_text()


def test_rendering_twice_gives_the_same_text():
    template = compile_message("{% for c in changed.changes() %}{{ c }};{% endfor %}", name="t")
    assert template.render(context()) == template.render(context())


SEEN = {
    "automation prints namespace and name": ("{{ automation }} {{ automation.namespace }} {{ automation.name }}", "flux-system/fleet flux-system fleet"),
    "a value": ("{{ values.cluster }} {{ values['team'] }}", "prod Core Platform"),
    "files are paths": ("{{ changed.files | join(',') }}", "foo-deployment.yaml,podinfo-deployment.yaml"),
    "a file knows its path and objects": ("{{ changed.files[0].path }} {{ changed.files[0].objects.keys() | first }}", "foo-deployment.yaml Deployment/default/foo"),
    "files can be looked up": ("{{ changed.file_changes['foo-deployment.yaml'] | length }}", "1"),
    "objects merged over files": ("{% for o, cs in changed.objects().items() %}{{ o.kind }} {{ o.name }} {{ cs | length }};{% endfor %}", "Deployment foo 1;Deployment infopod 1;Deployment podinfo 3;"),
    "an object prints kind, namespace and name": ("{{ changed.objects().keys() | first }}", "Deployment/default/foo"),
    "a change prints old and new": ("{{ changed.changes() | first }}", "2.2.2 -> 5.0.3"),
    "the fields of a change": ("{% set c = changed.changes()[0] %}{{ c.old_value }}|{{ c.new_value }}|{{ c.setter }}|{{ c.policy }}|{{ c.part }}|{{ c.line }}|{{ c.key_path }}", "2.2.2|5.0.3|flux-system:podinfo:tag|flux-system:podinfo|tag|0|"),
    "attributes by name": ("{{ changed.changes() | map(attribute='new_value') | unique | join(' ') }}", "5.0.3 ghcr.io/stefanprodan/podinfo ghcr.io/stefanprodan/podinfo:5.0.3"),
    "state across loops": ("{% set n = namespace(x=0) %}{% for c in changed.changes() %}{% set n.x = n.x + 1 %}{% endfor %}{{ n.x }}", "5"),
    "a macro": ("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(1) }}{{ m('a') }}", "<1><a>"),
    "json": ("{{ {'b': 1, 'a': [true, none]} | tojson }}", '{"a": [true, null], "b": 1}'),
    "a code span": ("{{ 'a`b|c @me' | code }} {{ 'a|b' | code(table=true) }} {{ '' | code }}", "``a`b|c @me`` `a\\|b` "),
    "the last newline stays": ("x\n", "x\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), SEEN.values(), ids=SEEN)
def test_a_template_sees(text, wanted):
    assert render(text) == wanted


def test_a_template_sees_source_held_and_problems():
    text = "{{ source }} {{ source.branch }} {{ source.revision }} {{ held[0] }} {{ held[0].wanted_value }} {{ problems | join }} {{ problems[0].code }}"
    more = {
        "url": "https://u:secret@git.example.com/f.git",
        "branch": "main",
        "revision": "main@sha1:1",
        "held": (HELD,),
        "problems": (PROBLEM,),
    }
    assert (
        render(text, **more)
        == "https://git.example.com/f.git main main@sha1:1 a.yaml:4: 1 -> 2 (too\\nlarge) 2 apps/b.yaml:3: no policy ns:b unknown-policy"
    )


def test_the_older_result_is_there_as_updated():
    text = "{% for f, r in updated.files.items() %}{{ f }}{% for o, images in r.objects.items() %} {{ o.name }}{% for i in images %} {{ i }} {{ i.policy }} {{ i.name }} {{ i.identifier }} {{ i.repository }} {{ i.registry }}{% endfor %}{% endfor %}{% endfor %}; {{ updated.images() | join }} {{ updated.objects() | length }} {{ updated }}"
    template = compile_message(text, name="t")
    assert (
        template.render(with_images(one_change()))
        == "a.yaml app app:2 ns/app index.docker.io/library/app:2 2 library/app index.docker.io; app:2 1 1 images in 1 files"
    )


def test_the_same_object_in_two_files_has_the_changes_of_both():
    identity = ObjectId("apps/v1", "Deployment", "app", "ns")
    changed = result_of(
        (path, identity, Change(old_value=path, new_value="2", setter="ns:app:tag"))
        for path in ("base/a.yaml", "overlays/prod/a.yaml")
    )
    assert (
        render("{% for o, cs in changed.objects().items() %}{{ cs | join(', ') }}{% endfor %}", changed)
        == "base/a.yaml -> 2, overlays/prod/a.yaml -> 2"
    )


def test_names_that_look_the_same_once_escaped_lose_no_change():
    alike = ObjectId("v1", "Pod", "a\n", ""), ObjectId("v1", "Pod", "a\\n", "")
    changed = result_of(
        (path, one, Change(old_value=f"{path}{one.name}", new_value="2", setter="ns:p"))
        for path in ("x\n", "x\\n")
        for one in alike
    )
    text = "{% for f, os in changed.file_changes.items() %}{{ f }}{% for o, cs in os.items() %} {{ o.name }} {{ cs | length }}{% endfor %}{% endfor %}"
    assert render(text, changed) == "x\\n a\\n 4"


FORGED = "app:1\n\nSigned-off-by: Eve <eve@example.com>\x1b[31m\u202e::set-output::"


@pytest.mark.parametrize("engine", ["jinja", "go"])
@pytest.mark.parametrize("place", ["old", "path", "kind", "key_path"])
def test_a_text_from_a_repository_cannot_forge_a_line(engine, place):
    texts = {
        "jinja": "{% for f, os in changed.file_changes.items() %}{{ f }}{% for o, cs in os.items() %}{{ o }}{% for c in cs %}{{ c }}{{ c.key_path }}{% endfor %}{% endfor %}{% endfor %}",
        "go": "{{ range $f, $os := .Changed.FileChanges }}{{ $f }}{{ range $o, $cs := $os }}{{ $o }}{{ range $cs }}{{ . }}{{ end }}{{ end }}{{ end }}",
    }
    shown = render(texts[engine], one_change(**{place: FORGED}), engine)
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


MISTAKES = {
    "syntax": ("a\n{% if %}", 2, "Expected an expression", ""),
    "unknown tag": ("{% frob %}", 1, "unknown tag 'frob'", ""),
    "unclosed": ("{% for x in [1] %}", 1, "Unexpected end of template", ""),
    "unknown name": ("\n\n{{ nothing }}", 3, "'nothing' is not defined", ""),
    "unknown field": ("{{ changed.chnges() }}", 1, "changed has no field 'chnges'", "did you mean 'changes'?"),
    "Go's name": ("{{ Changed.FileChanges }}", 1, "'Changed' is not defined", "write changed"),
    "Go's field": ("{% for c in changed.changes() %}\n{{ c.OldValue }}{% endfor %}", 2, "change has no field 'OldValue'", "write old_value"),
    "a removed field": ("{{ changed.image_result }}", 1, "no field 'image_result'", "changed.file_changes"),
    "a missing value": ("{{ values.nope }}", 1, "values has no field 'nope'", ""),
    "a filter that is left out": ("{{ [1] | random }}", 1, "No filter named 'random'", "the same every time"),
    "a function that is not called": ("{{ changed.objects }}", 1, "a function or inner object is no text", ""),
    "division by zero": ("{{ 1 / 0 }}", 1, "division by zero", ""),
    "another file": ("{% include 'x' %}", 1, "it cannot include", ""),
    "a template of 64 KiB": ("x" * 70_000, 0, "70000 characters", ""),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "said", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_when_loaded_and_names_template_and_line(text, line, said, hint):
    with pytest.raises(TemplateError) as caught:
        check_template(text, name="fleet.j2")
    assert said in caught.value.message
    assert caught.value.line == line
    assert caught.value.message.startswith(f"template: fleet.j2:{line}: " if line else "template: fleet.j2: ")
    assert hint in caught.value.hint


def test_checking_uses_the_users_own_values():
    check_template("{{ values.cluster }}", name="t", values={"cluster": "prod"})


def test_checking_an_empty_message_is_no_mistake_as_it_may_be_empty_for_the_sample_only():
    check_template("{% if changed.files | length > 9 %}x{% endif %}", name="t")


@pytest.mark.parametrize("text", ["", " \n\t ", "\x1b\x00"], ids=["nothing", "white space", "control characters"])
def test_an_empty_commit_message_is_an_error(text):
    with pytest.raises(TemplateError, match=r"fleet\.j2: the commit message is empty"):
        commit_message(text, name="fleet.j2")


CLEANED = {
    "plain text stays": ("a\n\n\tb\n", "a\n\n\tb\n"),
    "escape sequences go": ("a\x1b[31mb\x07", "a[31mb"),
    "CRLF becomes LF": ("a\r\nb\rc", "a\nbc"),
    "C1 and DEL go": ("a\x85\x9b\x7fb", "ab"),
    "lone surrogates go": ("a\udc80b", "ab"),
    "other scripts stay": ("über 한글", "über 한글"),
}


@pytest.mark.parametrize(("text", "wanted"), CLEANED.values(), ids=CLEANED)
def test_a_commit_message_holds_no_control_character(text, wanted):
    assert commit_message(text) == wanted


def test_a_long_commit_message_is_cut_at_a_line_and_says_so():
    cut = commit_message("subject\n" + "a line\n" * 20_000)
    assert len(cut) <= MAX_MESSAGE
    assert cut.endswith("a line\n[the message was cut here]\n")


def test_a_large_update_can_be_described():
    changed = many(3_000)
    text = render(
        "{% for f, os in changed.file_changes.items() %}{{ f }}\n{% for o, cs in os.items() %}{% for c in cs %}- {{ o }}: {{ c.old_value }} -> {{ c.new_value }}\n{% endfor %}{% endfor %}{% endfor %}",
        changed,
    )
    assert text.count(" -> ") == 3_000


def test_the_seed_has_five_changes():
    assert len(seed().changes()) == 5
