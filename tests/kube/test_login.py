"""How long a login is kept."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from gitbot.kube.login import Credential, Login


@pytest.mark.parametrize(
    ("lasts_s", "kept", "gone"),
    [(math.inf, 1e9, None), (600, 589, 590), (60, 49, 50), (12, 5, 6), (0, None, 0)],
    ids=["for ever", "a token of a plugin", "a file", "short", "ended"],
)
def test_a_login_is_kept_until_shortly_before_its_end(monkeypatch, lasts_s, kept, gone):
    now, looked = [1000.0], []
    monkeypatch.setattr("gitbot.kube.login.time", SimpleNamespace(monotonic=lambda: now[0]))
    login = Login(lambda: (looked.append(1) or Credential(), lasts_s))
    login.get()
    if kept is not None:
        now[0] = 1000.0 + kept
        login.get()
        assert len(looked) == 1
    if gone is not None:
        now[0] = 1000.0 + gone
        login.get()
        assert len(looked) == 2
