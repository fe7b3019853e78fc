"""Generated repositories: how many files, and how many fields of which policy are marked in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.servers.git_repo import GitRepo

FILE = """\
# Generated for measuring: {name}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: fleet
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: '9797'
    spec:
      serviceAccountName: {name}
      containers:
      - name: app   # the container that counts
        image: {image}{marker}
        imagePullPolicy: IfNotPresent
        ports:
        - {{name: http, containerPort: 8080, protocol: TCP}}
        env:
        - name: LOG_LEVEL
          value: "info"
        - name: SEED
          value: '{seed}'
        readinessProbe:
          httpGet:
            path: /readyz
            port: http
          initialDelaySeconds: 5
        resources:
          requests: {{cpu: 100m, memory: 64Mi}}
          limits:
            memory: 128Mi
      tolerations: []
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
"""
REGISTRY = "registry.example.com/team"


@dataclass(frozen=True, slots=True)
class Fleet:
    """A repository of `files` files; `marked` says how many fields, one per file, name each policy."""

    files: int
    marked: Mapping[str, int]
    namespace: str = "bench"

    @property
    def markers(self) -> int:
        """How many fields are marked."""
        return sum(self.marked.values())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every path with its text, the marked ones scattered over all folders, always the same way."""
        policies = [policy for policy, count in self.marked.items() for _ in range(count)]
        places = random.Random(2026).sample(range(self.files), len(policies))
        policy_at = dict(zip(places, policies, strict=True))
        for number in range(self.files):
            yield path_of(number), self.text(number, policy_at.get(number))

    def text(self, number: int, policy: str | None) -> str:
        """One file; without a policy it holds an image and no marker."""
        marker = f' # {{"$imagepolicy": "{self.namespace}:{policy}"}}' if policy else ""
        return FILE.format(
            name=f"app-{number}",
            namespace=f"ns-{number // 1000:03}",
            replicas=number % 7 + 1,
            image=f"{REGISTRY}/{policy or 'other'}:1.0.0",
            marker=marker,
            seed=f"{number * 2654435761 % 2**32:08x}" * 4,
        )

    def build(self, repo: GitRepo) -> None:
        """Commit all files to the repository, in pieces that fit into memory."""
        piece: dict[str, str] = {}
        for path, text in self.texts():
            piece[path] = text
            if len(piece) == 20_000:
                repo.commit(piece, message="Add a piece of the fleet")
                piece = {}
        if piece:
            repo.commit(piece, message="Add the rest of the fleet")
        repo.git("repack", "-a", "-d", "-q", "--depth=10", "--window=10")

    def results(self, versions: Mapping[str, int]) -> dict[str, str]:
        """Say what the policies elected, as gitbot reads it (`ns:policy` to image); one without a version stays."""
        return {f"{self.namespace}:{p}": f"{REGISTRY}/{p}:1.0.{versions.get(p, 0)}" for p in self.marked}


def path_of(number: int) -> str:
    """Ten clusters, a hundred files to a folder."""
    return f"clusters/c{number % 10}/ns-{number // 1000:03}/app-{number}.yaml"


def plain(files: int, marked: int, moving: int) -> Fleet:
    """Build a fleet whose policy `moving` is named `moving` times; the others are named 50 times each."""
    rest = marked - moving
    others = {f"still-{n}": min(50, rest - 50 * n) for n in range((rest + 49) // 50)}
    return Fleet(files, {"moving": moving, **others})
