"""Every configuration of fixtures/config: the good ones load, the bad ones get exactly what stands beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitbot.config.load import load
from gitbot.errors import ConfigError

FIXTURES = Path(__file__).parents[2] / "fixtures" / "config"


def cases(folder: str):
    return [pytest.param(path, id=path.stem) for path in sorted((FIXTURES / folder).glob("*.yaml"))]


def summary(config) -> str:
    sections = {name: getattr(config, name) for name in ("repositories", "images", "policies", "automations")}
    lines = [f"{name} {', '.join(item.key for item in items)}" for name, items in sections.items() if items]
    reasons = {automation.key: config.stalled_reason(automation) for automation in config.automations}
    lines += [f"stalled {key}: {reason}" for key, reason in reasons.items() if reason]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("path", cases("ok"))
def test_a_good_configuration_loads(path: Path):
    assert summary(load(path)) == path.with_suffix(".expected").read_text()


@pytest.mark.parametrize("path", cases("bad"))
def test_a_bad_configuration_gets_every_mistake_with_its_place(path: Path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    said = caught.value.message.replace(str(path), "FILE") + "\n"
    if caught.value.hint:
        said += f"hint: {caught.value.hint}\n"
    assert said == path.with_suffix(".expected").read_text()
    assert caught.value.exit_code == 2


def test_no_secret_of_a_bad_configuration_is_said():
    written = (FIXTURES / "bad" / "secrets.yaml").read_text()
    with pytest.raises(ConfigError) as caught:
        load(FIXTURES / "bad" / "secrets.yaml")
    assert "canary" in written
    assert "canary" not in repr(caught.value) + caught.value.message + repr(caught.value.problems)


def test_every_fixture_has_its_expectation():
    stems = {path.stem for folder in ("ok", "bad") for path in (FIXTURES / folder).glob("*.yaml")}
    assert stems == {path.stem for folder in ("ok", "bad") for path in (FIXTURES / folder).glob("*.expected")}
