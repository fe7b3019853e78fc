"""The service as a process: it runs what is due, answers over HTTP, takes up edits, and stops at a safe point."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from urllib.error import HTTPError, URLError

import pytest

from tests.servers import misbehaviour as bad
from tests.servers.process import free_port

MARKED = 'image: app:1.0.0 # {"$imagepolicy": "default:app"}\n'


def wait_for(condition, what, seconds=60):
    """Wait until something holds; how long it takes is no matter."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds} s")


class Service:
    """`gitbot serve` in a folder, with a configuration made from a few words."""

    def __init__(self, folder, home):
        self.folder, self.home, self.port = folder, home, free_port()
        self.config, self.log = folder / "gitbot.yaml", folder / "log"
        self.process = None

    def configure(self, *, url, names=("fleet",), tag="1.1.0", interval="30m", paths=None, extra="", timeout="20s"):
        automations = "".join(
            f"  - name: {name}\n    interval: {interval}\n    sourceRef: {{name: fleet}}\n"
            f"    git: {{commit: {{author: {{name: bot, email: bot@example.com}}}}}}\n"
            f"    update: {{path: {(paths or {}).get(name, '.')}}}\n"
            for name in names
        )
        text = (
            "state: sqlite:///state.db\ncacheDir: cache\ngit: {allowProtocols: [file, http]}\n"
            f"service: {{port: {self.port}, minRetryDelay: 100ms, maxRetryDelay: 1s{extra}}}\n"
            f"repositories: [{{name: fleet, url: '{url}', ref: {{branch: main}}, timeout: {timeout}}}]\n"
            f"policies: [{{name: app, image: app, policy: {{fixed: {{tag: '{tag}'}}}}}}]\n"
            f"automations:\n{automations}"
        )
        new = self.config.with_suffix(".new")
        new.write_text(text)
        new.replace(self.config)

    def start(self):
        argv = [sys.executable, "-m", "gitbot", "serve", "-c", str(self.config), "--log-format", "json"]
        env = {**os.environ, "HOME": str(self.home)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, env=env)
        wait_for(lambda: self.get("/healthz") or self.process.poll() is not None, "an answer")
        return self

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (URLError, ConnectionError):
            return None

    def metric(self, metric, /, **labels):
        wanted = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        match = re.search(rf"^{metric}\{{{re.escape(wanted)}\}} (\S+)$", self.get("/metrics")[1], re.MULTILINE)
        return float(match[1]) if match else 0.0

    def lines(self):
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def service(tmp_path, home):
    one = Service(tmp_path, home)
    yield one
    one.kill()


def children_of(folder):
    """Processes whose command line names the folder."""
    found = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False).stdout.split()
    return [pid for pid in found if pid != str(os.getpid())]


def test_it_runs_what_is_configured_and_stops_clean(service, make_repo):
    repo = make_repo({"a.yaml": MARKED})
    service.configure(url=repo.url)
    service.start()
    wait_for(lambda: repo.read("a.yaml").startswith("image: app:1.1.0"), "the commit")
    wait_for(
        lambda: service.metric("gitbot_runs_total", namespace="default", name="fleet", outcome="pushed") == 1,
        "the count",
    )
    assert service.get("/healthz") == (200, '{"status": "ok"}\n')
    assert service.get("/readyz")[0] == 200
    assert service.metric("gitbot_changes_total", namespace="default", name="fleet") == 1
    assert service.metric("gitbot_automation_ready", namespace="default", name="fleet") == 1
    assert service.stop() == 0
    assert service.lines()[-1]["message"] == "stopped"


@pytest.mark.server
def test_automations_of_one_repository_share_a_question_and_a_fetch(service, git_http):
    names = ["one", "two", "three"]
    repo = git_http.repo("shared-service", {f"{name}/a.yaml": MARKED for name in names})
    service.configure(url=git_http.url(repo), names=names, paths={name: name for name in names})
    service.start()
    wait_for(lambda: repo.count() == 4, "three commits")
    wait_for(lambda: len([line for line in service.lines() if line.get("outcome") == "pushed"]) == 3, "three outcomes")
    assert service.stop() == 0
    requests = git_http.requests(repo)
    asked = [line for line in requests if line.startswith("GET") and "git-upload-pack" in line]
    assert len(asked) == 2, requests  # one for the refs, one for the one fetch


def test_an_edited_configuration_is_taken_up(service, make_repo):
    repo = make_repo({"a.yaml": MARKED})
    service.configure(url=repo.url)
    service.start()
    wait_for(lambda: "1.1.0" in repo.read("a.yaml"), "the first commit")
    service.configure(url=repo.url, tag="1.2.0")
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "1.2.0" in repo.read("a.yaml"), "the second commit")
    assert service.stop() == 0


def test_a_broken_edit_is_said_and_the_last_good_one_stays(service, make_repo):
    repo = make_repo({"a.yaml": MARKED})
    service.configure(url=repo.url)
    service.start()
    wait_for(lambda: "1.1.0" in repo.read("a.yaml"), "the first commit")
    service.config.write_text("automations: 5\n")
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: service.get("/readyz")[0] == 503, "not ready")
    assert "configuration" in json.loads(service.get("/readyz")[1])["failing"]
    assert service.get("/healthz")[0] == 200
    service.configure(url=repo.url, tag="1.3.0")
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "1.3.0" in repo.read("a.yaml"), "the commit after the mend")
    assert service.get("/readyz")[0] == 200


def test_an_interval_finds_what_moved_in_between(service, make_repo):
    repo = make_repo({"a.yaml": MARKED})
    service.configure(url=repo.url, interval="1s")
    service.start()
    wait_for(lambda: "1.1.0" in repo.read("a.yaml"), "the first commit")
    repo.commit({"b.yaml": MARKED})
    wait_for(lambda: "1.1.0" in repo.read("b.yaml"), "the next commit")


def test_failures_back_off_and_others_go_on(service, make_repo, bad_http):
    repo = make_repo({"a.yaml": MARKED})
    broken = bad_http(bad.status(500))
    service.configure(url=repo.url)
    text = service.config.read_text()
    text = text.replace(
        "repositories: [", f"repositories: [{{name: broken, url: '{broken.url()}', ref: {{branch: main}}}}, "
    )
    text += (
        "  - name: broken\n    interval: 30m\n    sourceRef: {name: broken}\n"
        "    git: {commit: {author: {email: bot@example.com}}}\n"
    )
    service.config.write_text(text)
    service.start()
    wait_for(lambda: len([row for row in service.lines() if row["message"] == "trying again"]) >= 4, "four failures")
    delays = [row["in_s"] for row in service.lines() if row["message"] == "trying again"]
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert "1.1.0" in repo.read("a.yaml")
    assert service.metric("gitbot_automation_ready", namespace="default", name="broken") == 0
    assert service.stop() == 0


def test_a_stop_in_the_middle_of_a_push_lets_it_end_and_records_it(service, make_repo, bad_http):
    repo = make_repo({"a.yaml": MARKED})
    slow = bad_http(bad.slow(repo.path.parent, 1.0))
    service.configure(url=slow.url("repo.git"))
    service.start()
    wait_for(lambda: any("git-receive-pack" in request.path for request in slow.requests), "the push")
    assert service.stop() == 0
    history = subprocess.run(
        [sys.executable, "-m", "gitbot", "history", "-c", str(service.config), "--output", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    runs = json.loads(history.stdout)["runs"]
    assert [run["outcome"] for run in runs] == ["pushed"]
    assert runs[0]["commit"] == repo.head()


def test_a_server_that_hangs_does_not_keep_the_service_alive(service, bad_http, tmp_path):
    hanging = bad_http(bad.hang())
    service.configure(url=hanging.url(), timeout="10m", extra=", shutdownDeadline: 500ms")
    service.start()
    wait_for(lambda: hanging.requests, "the question")
    assert service.stop() == 1
    wait_for(lambda: not children_of(tmp_path), "no process left")


def test_a_suspended_automation_does_not_run(service, make_repo):
    repo = make_repo({"a.yaml": MARKED})
    service.configure(url=repo.url)
    service.config.write_text(service.config.read_text().replace("interval: 30m", "interval: 1s\n    suspend: true"))
    service.start()
    assert service.get("/readyz")[0] == 200
    assert service.stop() == 0
    assert repo.count() == 1


def test_a_port_that_is_taken_is_one_error(service, make_repo):
    import socket

    service.configure(url=make_repo({"a.yaml": MARKED}).url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", service.port))
        taken.listen()
        argv = [sys.executable, "-m", "gitbot", "serve", "-c", str(service.config)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"gitbot: cannot listen on 127.0.0.1:{service.port}" in done.stderr
    assert "Traceback" not in done.stderr
