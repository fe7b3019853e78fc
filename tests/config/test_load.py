from __future__ import annotations

from pathlib import Path

import pytest

from gitbot.config.load import Wanted, config_path, load, load_with_places
from gitbot.errors import ConfigError

GOOD = """\
repositories: [{name: fleet, url: "https://git.example.com/fleet.git"}]
automations: [{name: fleet, sourceRef: {name: fleet}, git: {commit: {author: {email: a@example.com}}}}]
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "gitbot.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [
        f"{problem.line}:{problem.column} {problem.key_path}: {problem.message}" for problem in caught.value.problems
    ]


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path):
    assert load(write(tmp_path, GOOD)).base == tmp_path


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path):
    config = load(write(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()))
    assert config.automations[0].key == "default/fleet"


def test_json_is_a_configuration_too(tmp_path):
    assert (
        load(write(tmp_path, '{"repositories": [{"name": "a", "url": "https://example.com/a"}]}')).repositories[0].name
        == "a"
    )


def test_without_a_name_the_environment_names_the_file_then_the_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("GITBOT_CONFIG", raising=False)
    assert config_path(None) == Path("gitbot.yaml")
    monkeypatch.setenv("GITBOT_CONFIG", "/etc/gitbot.yaml")
    assert config_path(None) == Path("/etc/gitbot.yaml")
    assert config_path(Path("other.yaml")) == Path("other.yaml")


def test_a_missing_file_is_one_error_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_huge_file_is_refused_without_being_read(tmp_path):
    path = tmp_path / "gitbot.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert mistakes(path) == ["0:0 : the file is larger than 8388608 bytes"]


def test_mistakes_of_keys_and_across_keys_are_told_at_once_in_the_order_of_the_file(tmp_path):
    found = mistakes(
        write(
            tmp_path,
            """\
automations:
  - {name: a, sourceRef: {name: fleet}, interval: 5x, git: {commit: {author: {email: a@example.com}}}}
  - name: b
    sourceRef: {name: flet}
    git: {commit: {author: {email: a@example.com}, messageTemplate: a, messageTemplateFile: default.j2}}
repositories:
  - {name: fleet, url: "http://git.example.com/fleet.git"}
  - {name: other, url: 5}
zebra: 1
""",
        )
    )
    assert [line.partition(": ")[0] for line in found] == [
        "2:41 automations[0].interval",
        "4:5 automations[1].sourceRef",
        "5:72 automations[1].git.commit.messageTemplateFile",
        "7:19 repositories[0].url",
        "8:19 repositories[1].url",
        "9:1 zebra",
    ]


def test_a_wrong_author_for_all_is_told_once(tmp_path):
    text = GOOD.replace(", git: {commit: {author: {email: a@example.com}}}", "") + "git: {author: {email: <>}}\n"
    assert mistakes(write(tmp_path, text)) == ["3:16 git.author.email: '<' and '>' cannot be part of a commit's author"]


def test_a_reference_to_an_item_with_mistakes_is_no_second_mistake(tmp_path):
    text = GOOD.replace("https://git.example.com/fleet.git", "https://")
    assert [line for line in mistakes(write(tmp_path, text)) if "sourceRef" in line] == []


def test_the_author_for_all_is_that_of_each_automation_that_names_none(tmp_path):
    text = """\
git: {author: {name: all, email: all@example.com}}
repositories: [{name: r, url: "https://git.example.com/r"}]
automations:
  - {name: a, sourceRef: {name: r}}
  - {name: b, sourceRef: {name: r}, git: {push: {branch: x}}}
  - {name: c, sourceRef: {name: r}, git: {commit: {author: {email: c@example.com}}}}
"""
    config = load(write(tmp_path, text))
    assert [item.git.commit.author.email for item in config.automations] == ["all@example.com"] * 2 + ["c@example.com"]
    assert config.automations[1].git.push.branch == "x"


def test_what_others_find_gets_its_place_too(tmp_path):
    problem = load_with_places(Wanted(path=write(tmp_path, GOOD))).problem(
        ("automations", 0, "interval"), "late", severity="warning"
    )
    assert (problem.line, problem.column, problem.key_path) == (2, 15, "automations[0].interval")


def test_snake_case_keys_are_unknown_in_a_file(tmp_path):
    assert mistakes(write(tmp_path, "cache_dir: /x\n")) == ["1:1 cache_dir: unknown key; did you mean cacheDir?"]
