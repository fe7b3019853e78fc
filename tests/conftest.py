"""Every test has a home of its own and nothing of the machine's settings; servers start when first asked for."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.git_repo import Content, GitRepo

if TYPE_CHECKING:
    from tests.servers.bad_http import Answer, BadHttp
    from tests.servers.git_http import GitHttp
    from tests.servers.git_ssh import GitSsh
    from tests.servers.postgres import Postgres
    from tests.servers.proxy import Proxy

FOREIGN_PREFIXES = ("GIT_", "GITBOT_", "XDG_", "PG", "SSH_", "GITHUB_", "CI_")
FOREIGN = {
    "CI", "EMAIL", "EDITOR", "VISUAL", "PAGER", "LANGUAGE", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "GNUPGHOME", "KUBECONFIG", "DOCKER_CONFIG", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE",
}  # fmt: skip
STRICT = "GITBOT_TESTS_STRICT"  # set to 1, as in CI: a test that would be skipped fails instead
FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "A Tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "A Tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "TERM": "dumb",
}


def pytest_configure() -> None:
    """Clear the environment before any session fixture starts a server with it."""
    for name in list(os.environ):
        if name != STRICT and (name in FOREIGN or name.startswith(FOREIGN_PREFIXES)):
            del os.environ[name]
    os.environ.update(FIXED)
    # A slow machine is no failure of a property.
    settings.register_profile("gitbot", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
    settings.load_profile("gitbot")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In a strict run, turn a skip into a failure with the same reason."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(STRICT) == "1":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and {STRICT}=1 allows no skip: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself."""
    report = yield
    if report.skipped and os.environ.get(STRICT) == "1":
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, and {STRICT}=1 allows no skip: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new, empty home folder; the folders of the XDG rules are below it."""
    folder = next(_homes)
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name, below in (
        ("CONFIG", ".config"),
        ("CACHE", ".cache"),
        ("STATE", ".local/state"),
        ("DATA", ".local/share"),
    ):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / below))
    return folder


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., GitRepo]:
    """Make a bare repository from {path: text} in this test's folder: `make_repo({"a.yaml": "..."}, name="fleet")`."""

    def make(
        files: Mapping[str | bytes, Content] | None = None, *, name: str = "repo", branch: str = "main"
    ) -> GitRepo:
        return GitRepo.create(tmp_path / f"{name}.git", files or {}, branch=branch)

    return make


@pytest.fixture
def bad_http() -> Iterator[Callable[..., BadHttp]]:
    """Start servers that misbehave as told: `bad_http(status(500))`; all are stopped after the test."""
    from tests.servers.bad_http import BadHttp

    started: list[BadHttp] = []

    def start(answer: Answer, **options: object) -> BadHttp:
        started.append(BadHttp.start(answer, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def git_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHttp]:
    """`git http-backend` behind lighttpd, over HTTP and HTTPS."""
    from tests.servers.git_http import GitHttp

    server = GitHttp.start(tmp_path_factory.mktemp("git-http"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def git_ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitSsh]:
    """A real sshd that runs git commands and nothing else."""
    from tests.servers.git_ssh import GitSsh

    server = GitSsh.start(tmp_path_factory.mktemp("git-ssh"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """An HTTP proxy that asks for a user name and a password."""
    from tests.servers.proxy import Proxy

    server = Proxy.start(tmp_path_factory.mktemp("proxy"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL; `postgres.new_database()` gives the URL of an empty database."""
    from tests.servers.postgres import Postgres

    server = Postgres.start()
    yield server
    server.stop()
