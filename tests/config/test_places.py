"""Where things live when the configuration does not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitbot.config import places


@pytest.mark.parametrize("value", [None, "", "relative/folder"], ids=["unset", "empty", "relative"])
def test_without_a_usable_variable_the_folders_are_below_home(home, monkeypatch, value):
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert places.default_state_url() == f"sqlite:///{home}/.local/state/gitbot/state.db"
    assert places.default_cache_dir() == home / ".cache" / "gitbot"


def test_the_variables_of_the_xdg_rules_are_followed(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/srv/state")
    monkeypatch.setenv("XDG_CACHE_HOME", "/srv/cache")
    assert places.default_state_url() == "sqlite:////srv/state/gitbot/state.db"
    assert places.default_cache_dir() == Path("/srv/cache/gitbot")
