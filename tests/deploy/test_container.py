"""The container image runs gitbot as an ordinary user on a read-only root."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request

import pytest

from gitbot import __version__
from tests.servers.container import Container
from tests.servers.process import free_port

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


def answer(url, process):
    """What it answers once it listens."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                return reply.status
        except (urllib.error.URLError, ConnectionError):
            continue
    return process.communicate()


def test_it_serves_until_it_is_told_to_stop(container, tmp_path):
    config, port = tmp_path / "gitbot.yaml", free_port()
    config.write_text(f"service: {{port: {port}}}\n")
    config.chmod(0o644)
    options = ("--name=serving", f"--volume={config}:/etc/gitbot/gitbot.yaml:ro")
    with subprocess.Popen(container.argv(options=options), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert answer(f"http://127.0.0.1:{port}/readyz", process) == 200
        container.stop("serving")
        _, words = process.communicate(timeout=60)
    assert process.returncode == 0, words
    assert b"Traceback" not in words
