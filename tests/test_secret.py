"""A secret does not print; what is written as JSON stays JSON whatever the secret is."""

from __future__ import annotations

import json
import logging

import pytest

from gitbot import secret
from gitbot.cli.output import print_json
from gitbot.log import _Json
from gitbot.secret import Secret, masked


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(secret, "_known", set())


@pytest.mark.parametrize("text", ["1234", "null", "path", "line", '": "', "0000"])
def test_json_stays_json_whatever_the_secret(capsys, text):
    Secret(text)
    print_json({"line": 1234, "error": None, "path": f"a {text} b", "more": [{"x": (text, 10000)}]})
    found = json.loads(capsys.readouterr().out)
    assert found["path"] == "a *** b"
    assert found == {"line": 1234, "error": None, "path": "a *** b", "more": [{"x": ["***", 10000]}]}


def test_a_line_of_the_log_stays_json():
    Secret("level")
    line = _Json().format(logging.LogRecord("gitbot", logging.INFO, "", 0, "the level is level", None, None))
    assert json.loads(line)["message"] == "the *** is ***"


def test_what_holds_no_text_is_left_as_it_is():
    assert masked({"a": [1, 2.5, None, True]}) == {"a": [1, 2.5, None, True]}
