"""`gitbot template render` and `check`, through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitbot.cli.main import run as gitbot

FIXTURES = Path(__file__).parents[2] / "fixtures" / "message"
RESULT = str(FIXTURES / "seed.json")


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return str(path)

    return write


def test_render_prints_the_text_and_nothing_else(capsys, written):
    assert gitbot(["template", "render", written("t.j2", "a"), "--result", RESULT]) == 0
    assert capsys.readouterr() == ("a", "")


@pytest.mark.parametrize("engine", ["jinja", "go"])
def test_an_empty_text_is_printed_as_it_is(capsys, written, engine):
    assert gitbot(["template", "render", written("t", ""), "--engine", engine, "--result", RESULT]) == 0
    assert capsys.readouterr().out == ""


def test_the_seed_comes_out_exactly(capsys):
    code = gitbot(
        ["template", "render", str(FIXTURES / "seed.j2"), "--result", RESULT, "--automation", "flux-system/flux-system"]
    )
    assert code == 0
    assert capsys.readouterr().out == (FIXTURES / "seed.txt").read_text()


@pytest.mark.parametrize(
    ("name", "text"),
    [("t.j2", "{{ values.a }} {{ automation }}"), ("t.tmpl", "{{ .Values.a }} {{ .AutomationObject }}")],
)
@pytest.mark.parametrize("values", ["a: b\n", '{"a": "b"}'], ids=["YAML", "JSON"])
def test_the_suffix_tells_the_language_and_values_are_seen(capsys, written, name, text, values):
    assert (
        gitbot(
            [
                "template",
                "render",
                written(name, text),
                "--result",
                RESULT,
                "--values",
                written("v", values),
                "--automation",
                "ns/n",
            ]
        )
        == 0
    )
    assert capsys.readouterr().out == "b ns/n"


def test_a_shipped_template_is_found_by_its_name(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert gitbot(["template", "render", "default.j2", "--result", RESULT]) == 0
    assert capsys.readouterr().out.startswith("Update from image update automation\n\nfoo-deployment.yaml\n")


def test_line_endings_of_a_template_stay(capsys, written):
    assert gitbot(["template", "render", written("t.tmpl", "a\r\nb"), "--result", RESULT]) == 0
    assert capsys.readouterr().out == "a\r\nb"


def test_the_older_result_comes_from_the_images_that_changes_name(capsys, written):
    result = written(
        "r.json",
        '{"changed": {"files": [{"path": "a.yaml", "objects": [{"apiVersion": "v1", "kind": "Pod", "namespace": "", "name": "p", "changes": [{"oldValue": "app:1", "newValue": "app:2", "setter": "ns:app"}]}]}]}}',
    )
    assert (
        gitbot(
            [
                "template",
                "render",
                written("t.tmpl", "{{ range .Updated.Images }}{{ . }} {{ .Policy }}{{ end }}"),
                "--result",
                result,
            ]
        )
        == 0
    )
    assert capsys.readouterr().out == "app:2 ns/app"


WRONG = {
    "a template error": (["{{ .Foo }}", "t.tmpl"], 1, "template: t.tmpl:1:3: executing"),
    "a Jinja error": (["\n{{ foo }}", "t.j2"], 1, "template: t.j2:2: 'foo' is not defined"),
    "no language": (["x", "t.txt"], 2, "add --engine jinja or --engine go"),
}


@pytest.mark.parametrize(("file", "code", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_said_on_standard_error(capsys, written, file, code, said):
    text, name = file
    assert gitbot(["template", "render", written(name, text), "--result", RESULT]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


FILES = {
    "no such template": ("missing/t.j2", RESULT, None, "cannot read missing/t.j2: No such file or directory"),
    "no such result": ("{t}", "missing.json", None, "cannot read missing.json"),
    "a result that is no JSON": ("{t}", "{t}", None, "is not JSON"),
    "a result without bottom": ("{t}", "{deep}", None, "too deeply nested"),
    "a result of another shape": ("{t}", "{list}", None, "not a result"),
    "values that are no mapping": ("{t}", RESULT, "{list}", "must be a mapping of names to texts"),
    "values that are no texts": ("{t}", RESULT, "{numbers}", "must be a mapping of names to texts"),
}


@pytest.mark.parametrize(("template", "result", "values", "said"), FILES.values(), ids=FILES)
def test_a_file_that_cannot_be_used_is_named(capsys, written, template, result, values, said):
    files = {"t": written("t.j2", "text"), "list": written("list", "[1]"), "numbers": written("numbers", "a: 1")}
    files["deep"] = written("deep", "[" * 100_000)
    argv = ["template", "render", template.format(**files), "--result", result.format(**files)]
    assert gitbot([*argv, "--values", values.format(**files)] if values else argv) == 1
    assert said in capsys.readouterr().err


def test_an_automation_needs_its_namespace(capsys, written):
    assert gitbot(["template", "render", written("t.j2", ""), "--result", RESULT, "--automation", "fleet"]) == 2
    assert "want NAMESPACE/NAME" in capsys.readouterr().err


def test_check_says_ok(capsys, written):
    assert gitbot(["template", "check", written("t.tmpl", "{{ .Changed.Changes }}")]) == 0
    assert capsys.readouterr().out == "t.tmpl: ok\n"


def test_check_finds_a_field_that_is_not_there(capsys, written):
    assert gitbot(["template", "check", written("t.tmpl", "{{ range .Changed.Changes }}{{ .Image }}{{ end }}")]) == 1
    err = capsys.readouterr().err
    assert "can't evaluate field Image in type update.Change" in err
    assert "hint: there are .OldValue, .NewValue and .Setter" in err
