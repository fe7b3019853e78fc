"""`gitbot config check` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gitbot.cli.main import run as gitbot

ROOT = Path(__file__).parents[2]
GOOD = """\
repositories: [{name: r, url: "https://git.example.com/r"}]
automations: [{name: a, sourceRef: {name: r}, git: {commit: {author: {email: a@example.com}}}}]
"""


@pytest.fixture
def check(tmp_path, capsys):
    def run(text: str, *options: str) -> tuple[int, str]:
        path = tmp_path / "gitbot.yaml"
        path.write_text(text)
        code = gitbot(["config", "check", "-c", str(path), *options])
        captured = capsys.readouterr()
        assert captured.err == ""
        return code, captured.out.replace(f"{tmp_path}/", "")

    return run


def test_a_good_configuration_says_how_much_there_is(check):
    assert check(GOOD) == (0, "gitbot.yaml: no mistakes (1 repository, 0 policies, 1 automation)\n")


def test_mistakes_are_printed_with_their_places(check):
    code, said = check("zebra: 1\n" + GOOD.replace("name: r}", "name: x}"))
    assert code == 2
    assert said.splitlines()[1:] == [
        "gitbot.yaml:3: error: automations[0].sourceRef: there is no repository default/x; known: default/r [config]",
        "gitbot.yaml: 2 mistakes",
    ]


def test_a_missing_file_says_what_to_do_next(tmp_path, capsys):
    assert gitbot(["config", "check", "-c", str(tmp_path / "none.yaml")]) == 2
    said = capsys.readouterr().out
    assert "cannot be read" in said
    assert "hint: config.example.yaml shows every option" in said


def test_json_has_every_problem(check):
    code, said = check("zebra: 1\n" + GOOD, "--output", "json")
    assert code == 2
    assert json.loads(said) == {
        "path": "gitbot.yaml",
        "valid": False,
        "problems": [
            {
                "path": "gitbot.yaml",
                "line": 1,
                "column": 1,
                "code": "config",
                "severity": "error",
                "message": json.loads(said)["problems"][0]["message"],
                "keyPath": "zebra",
            }
        ],
    }


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        pytest.param(
            "policies: [{name: p, image: x/y, policy: {semver: {range: '>= nothing'}}}]\n",
            "policies[0].policy.semver.range",
            "range",
            id="range of a policy",
        ),
        pytest.param(
            "policies: [{name: p, image: x/y, filterTags: {pattern: '('}, policy: {numerical: {}}}]\n",
            "policies[0].filterTags",
            "",
            id="pattern",
        ),
        pytest.param(
            "policies: [{name: p, image: x/y, policy: {leveled: {range: '>= nothing'}}}]\n",
            "policies[0].policy.leveled.range",
            "range",
            id="range of a leveled policy",
        ),
        pytest.param(
            "images: [{name: i, image: x/y, exclusionList: [a, '(']}]\n",
            "images[0].exclusionList[1]",
            "regular expression",
            id="exclusion",
        ),
        pytest.param(
            "images: [{name: i, image: x/y, realms: [auth.example.com]}]\n",
            "images[0].realms[0]",
            "want https://HOST",
            id="realm",
        ),
        pytest.param(
            'repositories: [{name: r, url: "https://git.example.com/r", ref: {semver: "!!"}}]\n',
            "repositories[0].ref.semver",
            "range",
            id="range of a repository",
        ),
        pytest.param(
            GOOD.replace("{author", "{messageTemplate: '{{ changed.', author"),
            "automations[0].git.commit.messageTemplate",
            "",
            id="template",
        ),
    ],
)
def test_what_only_a_run_would_meet_is_found_too(check, text, place, message):
    code, said = check(text)
    assert code == 2
    assert f"error: {place}: " in said
    assert message in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            'repositories: [{name: r, url: "https://git.example.com/r", auth: {token: {env: GITBOT_NOT_SET}}}]\n',
            "repositories[0].auth.token: the environment variable GITBOT_NOT_SET",
            id="secret that is not there",
        ),
        *(
            pytest.param(f"policies: [{{name: p, image: x/y, {options}}}]\n", f"policies[0].{said}", id=said)
            for options, said in [
                ("policy: {semver: {range: '^*'}}", "policy.semver.range: "),
                ("policy: {leveled: {tagsFile: none.txt}}", "policy.leveled.tagsFile: there is no such file here"),
                (
                    "policy: {versionMetadata: {file: none.json, version: '1.30'}}",
                    "policy.versionMetadata.file: there is no such file here",
                ),
                (
                    "policy: {versionMetadata: {url: 'https://x.example', versionFrom: {env: GITBOT_NOT_SET}}}",
                    "policy.versionMetadata.versionFrom: the environment variable GITBOT_NOT_SET",
                ),
                ("policy: {fixed: {tag: a}}, filterTags: {pattern: a}", "filterTags: is not read by fixed"),
                ("policy: {leveled: {tags: [a]}}, filterTags: {pattern: a}", "filterTags: is not read by leveled"),
                (
                    "policy: {fixed: {tag: a}}, digestReflectionPolicy: IfNotPresent",
                    "digestReflectionPolicy: is not read by fixed",
                ),
            ]
        ),
        pytest.param(
            "images: [{name: i, image: x/y, dockerConfig: {file: none.json}}]\n",
            "images[0].dockerConfig: the secret file",
            id="docker configuration that is not there",
        ),
        pytest.param(
            "images: [{name: i, image: x/y, auth: {token: {env: GITBOT_NOT_SET}}}]\n",
            "images[0].auth.token: the environment variable GITBOT_NOT_SET",
            id="secret of an image that is not there",
        ),
        pytest.param(
            GOOD.replace("{author", "{signingKey: {secretRef: {name: k}}, author"),
            "automations[0]: stalled: ",
            id="stalled",
        ),
    ],
)
def test_what_may_be_right_elsewhere_is_a_warning(check, text, said):
    code, printed = check(text)
    assert code == 0
    assert f"warning: {said}" in printed


def test_result_files_are_looked_at(check, tmp_path):
    (tmp_path / "results.json").write_text('{"a:b": "x/y"}')
    code, said = check("resultsFrom: [results.json]\n")
    assert code == 2
    assert "results.json: error: " in said
    assert "has no tag" in said
    code, said = check("resultsFrom: [none.json, '-']\n")
    assert code == 2
    assert "none.json: error: the result file cannot be read" in said


def test_the_example_has_no_mistake(capsys):
    assert gitbot(["config", "check", "-c", str(ROOT / "config.example.yaml")]) == 0
    assert "no mistakes" in capsys.readouterr().out
