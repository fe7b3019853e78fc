"""`gitbot schema` through the command line."""

from __future__ import annotations

import json

import jsonschema
import pytest

from gitbot.cli.main import run as gitbot


@pytest.mark.parametrize("which", ["config", "result"])
def test_a_schema_is_printed(which, capsys):
    assert gitbot(["schema", which]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
