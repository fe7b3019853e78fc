"""The container image runs gitbot as an ordinary user on a read-only root."""

from __future__ import annotations

import pytest

from gitbot import __version__
from tests.servers.container import Container

pytestmark = [pytest.mark.server, pytest.mark.timeout(1500)]

LOOK = """
id -u
touch /etc/new /opt/gitbot/new 2>/dev/null && echo "the root can be written"
touch /var/lib/gitbot/new /var/cache/gitbot/new && echo "the volumes can be written"
find /opt/gitbot -name "*.pyc" -path "*/gitbot/cli/*" | grep -c main
"""


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    built = Container.build(tmp_path_factory.mktemp("container"))
    yield built
    built.remove()


def test_it_serves_with_the_mounted_configuration_unless_told_otherwise(container):
    assert container.inspect("{{.Config.User}}") == "65532:65532"
    assert container.inspect("{{.Config.Entrypoint}}") == "[gitbot]"
    assert container.inspect("{{.Config.Cmd}}") == "[serve -c /etc/gitbot/gitbot.yaml]"
    assert container.inspect("{{len .Config.Volumes}}") == "2"


def test_it_says_its_version(container):
    assert container.run("--version") == f"gitbot {__version__}\n"


def test_only_its_volumes_can_be_written_and_its_code_is_compiled(container):
    assert container.run("-c", LOOK, options=("--entrypoint=sh",)).split("\n") == [
        "65532",
        "the volumes can be written",
        "1",
        "",
    ]


def test_the_demonstration_runs_in_it(container):
    shown = container.run("demo", "/tmp/example")
    assert "$imagepolicy" in shown
