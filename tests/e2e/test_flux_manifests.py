"""`gitbot run` on Flux's own manifests: the documented example, a large fleet, and what a repository says itself."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
from ruamel.yaml import YAML

from tests.servers.registry import Registry

DOCUMENTED = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  ref:
    branch: main
  url: {url}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata:
  name: podinfo
  namespace: flux-system
spec:
  image: {host}/stefanprodan/podinfo
  interval: 5m
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: podinfo
  namespace: flux-system
spec:
  imageRepositoryRef:
    name: podinfo
  policy:
    semver:
      range: 5.0.x
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 30m
  sourceRef:
    kind: GitRepository
    name: flux-system
  git:
    checkout:
      ref:
        branch: main
    commit:
      author:
        email: fluxcdbot@users.noreply.github.com
        name: fluxcdbot
      messageTemplate: |
        Automated image update

        Automation name: {{{{ .AutomationObject }}}}

        Files:
        {{{{ range $filename, $_ := .Changed.FileChanges -}}}}
        - {{{{ $filename }}}}
        {{{{ end -}}}}

        Objects:
        {{{{ range $resource, $changes := .Changed.Objects -}}}}
        - {{{{ $resource.Kind }}}} {{{{ $resource.Name }}}}
          Changes:
        {{{{- range $_, $change := $changes }}}}
            - {{{{ $change.OldValue }}}} -> {{{{ $change.NewValue }}}}
        {{{{ end -}}}}
        {{{{ end -}}}}
    push:
      branch: main
  update:
    path: ./clusters/my-cluster
    strategy: Setters
"""
DEPLOYMENT = """\
# podinfo, as Flux's guide has it
apiVersion: apps/v1
kind: Deployment
metadata:
    name:   podinfo
    namespace: default
spec:
  template:
    spec:
      containers:
      - name: podinfod
        image: {host}/stefanprodan/podinfo:{tag} # {{"$imagepolicy": "flux-system:podinfo"}}
"""
MESSAGE = """\
Automated image update

Automation name: flux-system/flux-system

Files:
- podinfo.yaml
Objects:
- Deployment podinfo
  Changes:
    - {host}/stefanprodan/podinfo:5.0.0 -> {host}/stefanprodan/podinfo:5.0.3
"""


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    server = Registry.anonymous(tmp_path_factory.mktemp("registry-flux"))
    yield server
    server.stop()


@pytest.fixture
def gitbot(tmp_path):
    """Run the command in a folder of its own, whose configuration only allows local repositories."""
    (tmp_path / "gitbot.yaml").write_text(
        json.dumps({"state": "sqlite:///state.db", "cacheDir": "cache", "git": {"allowProtocols": ["file"]}})
    )

    def call(*argv, code=0, stdin=""):
        done = subprocess.run(
            [sys.executable, "-m", "gitbot", *argv],
            capture_output=True, text=True, check=False, timeout=300, input=stdin, cwd=tmp_path, env={**os.environ},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return call


def outcome(text):
    (found,) = json.loads(text)["automations"]
    return found


@pytest.mark.server
def test_the_documented_example_gives_the_commit_of_flux_and_a_second_run_nothing(images, gitbot, make_repo):
    for tag in ("5.0.0", "5.0.3", "5.1.0", "latest"):
        images.push("stefanprodan/podinfo", tag)
    path, host = "clusters/my-cluster/podinfo.yaml", images.host
    repo = make_repo(
        {path: DEPLOYMENT.format(host=host, tag="5.0.0"), "elsewhere.yaml": DEPLOYMENT.format(host=host, tag="5.0.0")}
    )
    manifests = DOCUMENTED.format(url=repo.url, host=host)
    ran = outcome(gitbot("run", "--include", "-", "--output", "json", stdin=manifests))
    assert (ran["outcome"], ran["message"]) == ("pushed", MESSAGE.format(host=host))
    assert repo.read(path) == DEPLOYMENT.format(host=host, tag="5.0.3")
    assert repo.read("elsewhere.yaml") == DEPLOYMENT.format(host=host, tag="5.0.0")
    commit = repo.log()[0]
    assert commit.author == commit.committer == "fluxcdbot <fluxcdbot@users.noreply.github.com>"
    assert commit.message.rstrip("\n") == MESSAGE.format(host=host).rstrip("\n")
    assert outcome(gitbot("run", "--include", "-", "--output", "json", stdin=manifests))["outcome"] == "skipped"
    status = gitbot("status", "--include", "-", "--output", "yaml", stdin=manifests)
    assert f"observedSourceRevision: main@sha1:{repo.head()}" in status
    assert f"lastPushCommit: {repo.head()}" in status


# A generated fleet

POLICIES, FILES = 80, 500
PARTS = {"": "{image}:{tag}", "tag": "{tag}", "name": "{image}"}


@dataclass(frozen=True)
class Image:
    """What one policy elects: the image, its old and new tag, and the digest where it is reflected."""

    name: str
    old: str
    new: str
    digest: str = ""

    def value(self, part, *, new):
        """What a marker of this part stands beside, before or after."""
        tag = self.new if new else self.old
        if part == "digest":
            return self.digest if new else "sha256:" + "f" * 64
        suffix = f"@{self.digest}" if self.digest and new and part == "" else ""
        return PARTS[part].format(image=self.name, tag=tag) + suffix


STATED = [
    Image(f"registry.example.com/team/app-{n:02}", f"1.{n}.0", f"1.{n}.{n + 1}", f"sha256:{n:064x}" if n % 2 else "")
    for n in range(POLICIES)
]


def fleet_objects(known=STATED, *, status=True):
    """One ImageRepository and ImagePolicy for each image, as `kubectl get -o yaml` prints them; some elect a digest."""
    for number, image in enumerate(known):
        meta = {"name": f"app-{number:02}", "namespace": "flux-system"}
        latest = {"name": image.name, "tag": image.new} | ({"digest": image.digest} if image.digest else {})
        spec = {"imageRepositoryRef": {"name": meta["name"]}, "policy": {"semver": {"range": "1.x"}}}
        yield {
            "apiVersion": "image.toolkit.fluxcd.io/v1beta2",
            "kind": "ImageRepository",
            "metadata": meta,
            "spec": {"image": image.name, "interval": "5m"},
        }
        yield {
            "apiVersion": "image.toolkit.fluxcd.io/v1beta2",
            "kind": "ImagePolicy",
            "metadata": meta | {"labels": {"team": f"t{number % 3}"}},
            "spec": spec | ({"digestReflectionPolicy": "IfNotPresent"} if image.digest else {}),
        } | ({"status": {"latestRef": latest}} if status else {})


def file_text(index, known=STATED, *, new):
    """One file of several documents: markers of every kind and style, odd spacing, comments, CRLF in every tenth."""
    number = index % len(known)
    image = known[number]
    marker = f'{{"$imagepolicy": "flux-system:app-{number:02}'
    whole, tag, name, digest = (image.value(part, new=new) for part in ("", "tag", "name", "digest"))
    lines = [
        "---", f"# file {index}", "apiVersion: apps/v1", "kind:   Deployment", "metadata:", f"    name: app-{index}", "spec:",
        f'  image: {whole}   # {marker}"}}',
        f'  quoted: "{tag}" # {marker}:tag"}}',
        f"  name: '{name}' # {marker}:name\"}}",
        *([f'  digest: {digest} # {marker}:digest"}}'] if image.digest else []),
        "  list:", f'  - {whole} # {marker}"}}', "  untouched:   [a,   b]",
        "---", "kind: HelmRelease", "values:", f"  image: {{repository: x, tag: {image.old}}}", "  other: |", "    text",
    ]  # fmt: skip
    ending = "\r\n" if index % 10 == 0 else "\n"
    return ending.join(lines) + ending


def automation_object(url):
    git = {
        "commit": {
            "author": {"name": "bot", "email": "bot@example.com"},
            "messageTemplate": "{{ len .Changed.FileChanges }} files, {{ len .Changed.Changes }} changes for {{ .Values.who }}\n",
            "messageTemplateValues": {"who": "all"},
        },
        "push": {"branch": "main"},
    }
    meta = {"name": "fleet", "namespace": "flux-system", "generation": 7}
    source = {"kind": "GitRepository", "name": "fleet"}
    yield {
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": "fleet", "namespace": "flux-system"},
        "spec": {"url": url, "ref": {"branch": "main"}, "interval": "1m"},
    }  # fmt: skip
    yield {
        "apiVersion": "image.toolkit.fluxcd.io/v1beta2", "kind": "ImageUpdateAutomation", "metadata": meta,
        "spec": {"interval": "30m", "sourceRef": source, "git": git, "update": {"path": "./apps"}},
    }  # fmt: skip


def files(known, *, new):
    return {f"apps/team-{index % 7}/{index}.yaml": file_text(index, known, new=new) for index in range(FILES)}


def update_a_fleet(gitbot, make_repo, tmp_path, known, *, status):
    """Run on a generated fleet: every file as expected, byte for byte; then twice more, and nothing."""
    repo = make_repo(files(known, new=False))
    (tmp_path / "flux").mkdir()
    objects = {"apiVersion": "v1", "kind": "List", "items": list(fleet_objects(known, status=status))}
    (tmp_path / "flux" / "images.json").write_text(json.dumps(objects))
    automation = "---\n".join(json.dumps(one) + "\n" for one in automation_object(repo.url))
    (tmp_path / "flux" / "fleet.yaml").write_text(automation)
    ran = outcome(gitbot("run", "--include", "flux", "--output", "json"))
    assert (ran["outcome"], ran["result"]["problems"]) == ("pushed", [])
    after = files(known, new=True)
    assert {path: repo.read(path) for path in after} == after
    assert ran["message"].startswith("500 files, ")
    assert repo.count() == 2
    assert outcome(gitbot("run", "--include", "flux", "--output", "json"))["outcome"] == "skipped"
    assert outcome(gitbot("run", "--include", "flux", "--output", "json", "--force"))["outcome"] == "up-to-date"
    assert "observedGeneration: 7" in gitbot("status", "--include", "flux", "--output", "yaml")


def test_a_fleet_whose_images_are_elected_already_is_updated_byte_for_byte(gitbot, make_repo, tmp_path):
    update_a_fleet(gitbot, make_repo, tmp_path, STATED, status=True)


@pytest.mark.server
def test_a_fleet_whose_images_a_registry_has_is_updated_byte_for_byte(images, gitbot, make_repo, tmp_path):
    known = []
    for number in range(POLICIES):
        name, new = f"team/app-{number:02}", f"1.{number}.{number + 1}"
        images.push(name, f"1.{number}.0")
        digest = images.push(name, new)
        known.append(Image(f"{images.host}/{name}", f"1.{number}.0", new, digest if number % 2 else ""))
    update_a_fleet(gitbot, make_repo, tmp_path, known, status=False)


def test_an_automation_that_is_wrong_stalls_alone_with_the_reason_of_flux(gitbot, make_repo, tmp_path):
    repo = make_repo({"apps/1.yaml": file_text(1, new=False)})
    source, good = automation_object(repo.url)
    selector = {"matchExpressions": [{"key": "team", "operator": "In"}]}
    bad = {
        **good,
        "metadata": {"name": "bad", "namespace": "flux-system"},
        "spec": {**good["spec"], "policySelector": selector},
    }
    (tmp_path / "flux.yaml").write_text(
        "---\n".join(json.dumps(one) + "\n" for one in (source, good, bad, *fleet_objects()))
    )
    ran = {
        one["name"]: one
        for one in json.loads(gitbot("run", "--include", "flux.yaml", "-o", "json", code=1))["automations"]
    }
    assert (ran["fleet"]["outcome"], ran["bad"]["outcome"]) == ("pushed", "failed")
    (status,) = YAML(typ="safe", pure=True).load_all(gitbot("status", "bad", "--include", "flux.yaml", "-o", "yaml"))
    conditions = {one["type"]: (one["status"], one["reason"]) for one in status["status"]["conditions"]}
    assert conditions == {"Ready": ("False", "InvalidPolicySelector"), "Stalled": ("True", "InvalidPolicySelector")}
    assert (status["apiVersion"], status["status"]["observedGeneration"]) == ("image.toolkit.fluxcd.io/v1beta2", -1)


# What a repository says itself


def test_a_repository_may_bring_its_own_policies_and_automations_and_nothing_else(gitbot, make_repo, tmp_path):
    fixed = {
        "apiVersion": "image.toolkit.fluxcd.io/v1",
        "kind": "ImageRepository",
        "metadata": {"name": "app-01", "namespace": "flux-system"},
    }
    objects = [*list(fleet_objects())[2:4], list(automation_object("x"))[1]]
    evil = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "evil", "namespace": "flux-system"},
        "stringData": {"password": "x"},
    }
    repo = make_repo({
        "flux/all.yaml": "---\n".join(json.dumps(one) + "\n" for one in (*objects, evil)),
        "flux/more.yaml": json.dumps(fixed | {"metadata": {"name": "evil"}, "spec": {"image": "e/e", "secretRef": {"name": "s"}}}),
        "apps/1.yaml": file_text(1, new=False),
    })  # fmt: skip
    result = tmp_path / "results.json"
    result.write_text(json.dumps({"flux-system:app-01": STATED[1].value("", new=True)}))
    config = {
        "state": "sqlite:///state.db", "cacheDir": "cache", "git": {"allowProtocols": ["file"]}, "resultsFrom": ["results.json"],
        "repositories": [{"name": "fleet", "namespace": "flux-system", "url": repo.url, "ref": {"branch": "main"}}],
        "include": [{"repository": "fleet", "namespace": "flux-system", "path": "flux/"}],
    }  # fmt: skip
    (tmp_path / "gitbot.yaml").write_text(json.dumps(config))
    said = json.loads(gitbot("run", "--output", "json"))
    (ran,) = said["automations"]
    assert (ran["outcome"], repo.read("apps/1.yaml")) == ("pushed", file_text(1, new=True))
    assert sorted(problem["message"].split(" ")[0] for problem in said["problems"]) == ["ImageRepository", "Secret"]
    assert outcome(gitbot("run", "--output", "json"))["outcome"] == "skipped"
