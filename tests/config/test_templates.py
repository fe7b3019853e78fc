from __future__ import annotations

from pathlib import Path

import pytest

from gitbot.config.models import Config
from gitbot.config.shipped import shipped
from gitbot.config.templates import template_of
from gitbot.errors import GitbotError


def config(base: Path, **commit) -> Config:
    written = {
        "repositories": [{"name": "r", "url": "https://git.example.com/r"}],
        "automations": [
            {
                "name": "a",
                "sourceRef": {"name": "r"},
                "git": {"commit": {"author": {"email": "a@example.com"}, **commit}},
            }
        ],
    }
    return Config.model_validate(written).at(base)


def text_of(found: Config) -> tuple[str, str]:
    template = template_of(found, found.automations[0])
    return template.name, template.text


def test_without_a_template_the_shipped_default_is_taken(tmp_path):
    assert text_of(config(tmp_path)) == ("default.j2", (shipped("commit_templates") / "default.j2").read_text())


def test_a_template_may_be_written_in_place(tmp_path):
    assert text_of(config(tmp_path, messageTemplate="x")) == ("messageTemplate", "x")


def test_a_file_beside_the_configuration_wins_over_a_shipped_one(tmp_path):
    (tmp_path / "default.j2").write_text("mine")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.tmpl").write_text("go")
    assert text_of(config(tmp_path, messageTemplateFile="default.j2")) == ("default.j2", "mine")
    assert text_of(config(tmp_path, messageTemplateFile="sub/t.tmpl")) == ("sub/t.tmpl", "go")


@pytest.mark.parametrize("name", ["none.j2", "../default.j2", "sub/default.j2"])
def test_a_missing_template_is_an_error_that_lists_the_shipped_ones(tmp_path, name):
    with pytest.raises(GitbotError, match=r"default\.j2, detailed\.j2"):
        text_of(config(tmp_path, messageTemplateFile=name))


def test_a_template_that_is_no_text_is_an_error(tmp_path):
    (tmp_path / "t.j2").write_bytes(b"\xff")
    with pytest.raises(GitbotError, match="not UTF-8"):
        text_of(config(tmp_path, messageTemplateFile="t.j2"))


def test_the_shipped_folders_are_there():
    assert shipped("commit_templates").is_dir()
    assert shipped("demo").is_dir()
