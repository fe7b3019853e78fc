from __future__ import annotations

import json

import pytest

from gitbot.errors import ConfigError
from gitbot.image import ImageRef
from gitbot.policies.results import load_results, read_results

DIGEST = "sha256:" + "6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be"
PODINFO = ImageRef("ghcr.io/stefanprodan/podinfo", "5.0.3")


def policy(name: str = "podinfo", namespace: str | None = "flux-system", version: str = "v1", labels=None, **status):
    metadata = {"name": name, "labels": labels or {}} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": f"image.toolkit.fluxcd.io/{version}",
        "kind": "ImagePolicy",
        "metadata": metadata,
        "spec": {"policy": {"semver": {"range": "5.x"}}},
        "status": status,
    }


LATEST = {"name": PODINFO.name, "tag": PODINFO.tag}


def read(tmp_path, content):
    path = tmp_path / "results"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_results([path], None)


@pytest.mark.parametrize(
    ("content", "images"),
    [
        pytest.param("{}", {}, id="no policy"),
        pytest.param("[]", {}, id="no object"),
        pytest.param({"apiVersion": "v1", "kind": "List", "items": []}, {}, id="kubectl finds nothing"),
        pytest.param({"flux-system:podinfo": str(PODINFO)}, {"flux-system:podinfo": PODINFO}, id="mapping"),
        pytest.param(
            {"a:b": f"localhost:5000/x:v1@{DIGEST}"},
            {"a:b": ImageRef("localhost:5000/x", "v1", DIGEST)},
            id="port and digest",
        ),
        pytest.param(
            {"a:b": {**LATEST, "digest": DIGEST}}, {"a:b": ImageRef(PODINFO.name, "5.0.3", DIGEST)}, id="parts"
        ),
        pytest.param("a:b: ghcr.io/stefanprodan/podinfo:5.0.3\n", {"a:b": PODINFO}, id="YAML"),
        pytest.param("{a:b: ghcr.io/stefanprodan/podinfo:5.0.3}\n", {"a:b": PODINFO}, id="YAML that begins like JSON"),
        pytest.param(policy(latestRef=LATEST), {"flux-system:podinfo": PODINFO}, id="one object"),
        pytest.param(policy(namespace=None, latestRef=LATEST), {"default:podinfo": PODINFO}, id="no namespace"),
        pytest.param(policy(version="v1beta2", latestRef=LATEST), {"flux-system:podinfo": PODINFO}, id="v1beta2"),
        pytest.param(
            policy(version="v1beta1", latestImage=str(PODINFO)),
            {"flux-system:podinfo": PODINFO},
            id="v1beta1, latestImage",
        ),
        pytest.param(
            policy(latestRef={**LATEST, "tag": "5.0.4"}, latestImage=str(PODINFO)),
            {"flux-system:podinfo": ImageRef(PODINFO.name, "5.0.4")},
            id="latestRef wins over latestImage",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "List", "items": [policy(latestRef=LATEST), policy("two", latestRef=LATEST)]},
            {"flux-system:podinfo": PODINFO, "flux-system:two": PODINFO},
            id="kubectl",
        ),
        pytest.param(
            {
                "apiVersion": "image.toolkit.fluxcd.io/v1",
                "kind": "ImagePolicyList",
                "items": [policy(latestRef=LATEST)],
            },
            {"flux-system:podinfo": PODINFO},
            id="API",
        ),
        pytest.param([policy(latestRef=LATEST)], {"flux-system:podinfo": PODINFO}, id="JSON list"),
        pytest.param(
            "---\n" + json.dumps(policy(latestRef=LATEST)) + "\n---\n---\na:b: x/y:1\n",
            {"flux-system:podinfo": PODINFO, "a:b": ImageRef("x/y", "1")},
            id="several documents",
        ),
        pytest.param(
            [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}, policy(latestRef=LATEST)],
            {"flux-system:podinfo": PODINFO},
            id="other kinds between",
        ),
        pytest.param(
            [{"apiVersion": "other.io/v1", "kind": "ImagePolicy", "metadata": {"name": "c"}}],
            {},
            id="other group of that kind",
        ),
        pytest.param(
            [policy(latestRef=LATEST), policy(latestRef=LATEST)], {"flux-system:podinfo": PODINFO}, id="said twice"
        ),
    ],
)
def test_elected_images_are_read(tmp_path, content, images):
    results = read(tmp_path, content)
    assert (results.images, results.failed, results.problems) == (images, {}, ())


@pytest.mark.parametrize(
    ("content", "key", "code", "message"),
    [
        pytest.param({"a:b": "x/y"}, "a:b", "invalid-reference", "has no tag", id="no tag"),
        pytest.param({"a:b": "x/Y:1"}, "a:b", "invalid-reference", "invalid image name", id="upper case"),
        pytest.param({"a:b": "https://x/y:1"}, "a:b", "invalid-reference", "URL scheme", id="scheme"),
        pytest.param({"a:b": "x/y:1@sha256:abc"}, "a:b", "invalid-reference", "invalid digest", id="short digest"),
        pytest.param({"a:b": "x/y:1@"}, "a:b", "invalid-reference", "nothing follows", id="empty digest"),
        pytest.param({"a:b": "x/y:a b\n"}, "a:b", "invalid-reference", "invalid tag", id="line break"),
        pytest.param({"a:b": 5}, "a:b", "invalid-result", "as a text", id="number"),
        pytest.param({"a:b": None}, "a:b", "invalid-result", "as a text", id="nothing"),
        pytest.param({"a:b": {"name": "x/y", "tag": 5}}, "a:b", "invalid-result", "each a text", id="number as tag"),
        pytest.param({"a:b": {"name": "x/y"}}, "a:b", "invalid-reference", "invalid tag", id="no tag in parts"),
        pytest.param({"a:b": {"image": "x/y:1"}}, "a:b", "invalid-result", "want name, tag", id="other parts"),
        pytest.param("a:b: x/y:1\na:b: x/y:2\n", "a:b", "invalid-result", "stands twice", id="twice in YAML"),
        pytest.param('{"a:b": "x/y:1", "a:b": "x/y:2"}', "a:b", "invalid-result", "stands twice", id="twice in JSON"),
        pytest.param(
            policy(), "flux-system:podinfo", "policy-failed", "has elected no image yet", id="nothing elected"
        ),
        pytest.param(
            policy(conditions=[{"type": "Ready", "status": "False", "message": "no tags in\ndatabase"}]),
            "flux-system:podinfo",
            "policy-failed",
            r"has elected no image: no tags in\ndatabase",
            id="the reflector says why",
        ),
        pytest.param(
            policy(latestRef={"name": "x/y", "tag": "a/b"}),
            "flux-system:podinfo",
            "invalid-reference",
            "invalid tag",
            id="object",
        ),
        pytest.param(
            [policy(latestRef=LATEST), policy(latestRef={**LATEST, "tag": "6"})],
            "flux-system:podinfo",
            "invalid-result",
            "says otherwise",
            id="contradiction",
        ),
    ],
)
def test_a_wrong_entry_fails_its_policy_alone(tmp_path, content, key, code, message):
    results = read(tmp_path, content)
    assert results.images == {}
    assert list(results.failed) == [key]
    assert message in results.failed[key]
    (problem,) = results.problems
    assert (problem.code, problem.severity, problem.path) == (code, "error", str(tmp_path / "results"))
    assert "\n" not in problem.message


def test_the_other_entries_of_the_file_stand(tmp_path):
    results = read(tmp_path, {"a:b": "x/y", "a:c": "x/y:1"})
    assert results.images == {"a:c": ImageRef("x/y", "1")}
    assert set(results.failed) == {"a:b"}


@pytest.mark.parametrize("key", ["podinfo", ":podinfo", "ns:", "ns:a:b", "NS:p", "a\nb:c", "ns:p "])
def test_a_key_that_names_no_policy_is_a_problem(tmp_path, key):
    results = read(tmp_path, {key: "x/y:1", "a:b": "x/y:1"})
    assert results.images == {"a:b": ImageRef("x/y", "1")}
    assert results.failed == {}
    assert [problem.code for problem in results.problems] == ["invalid-result"]


def test_problems_of_yaml_have_a_line(tmp_path):
    (problem,) = read(tmp_path, "# results\na:b: x/y\n").problems
    assert (problem.line, problem.column, problem.key_path) == (2, 1, '["a:b"]')


def test_labels_of_objects_are_kept(tmp_path):
    content = [policy(labels={"app": "web"}, latestRef=LATEST), policy("none", labels={"app": "none"})]
    results = read(tmp_path, content)
    assert results.labels == {"flux-system:podinfo": {"app": "web"}, "flux-system:none": {"app": "none"}}


def test_a_later_file_replaces_what_an_earlier_one_says(tmp_path):
    (tmp_path / "one").write_text('{"a:b": "x/y:1", "a:c": "x/y:1", "a:d": "x/y"}')
    (tmp_path / "two").write_text('{"a:b": "x/y:2", "a:c": "x/y", "a:d": "x/y:2"}')
    results = load_results([tmp_path / "one", tmp_path / "two"], None)
    assert results.images == {"a:b": ImageRef("x/y", "2"), "a:d": ImageRef("x/y", "2")}
    assert set(results.failed) == {"a:c"}


def test_standard_input_is_given_as_bytes():
    images, problems = read_results(["-"], b'\xef\xbb\xbf{"a:b": "x/y:1"}')
    assert (images, problems) == ({"a:b": ImageRef("x/y", "1")}, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"# nothing\n", "empty", id="only a comment"),
        pytest.param(b"\xff", "not UTF-8", id="not UTF-8"),
        pytest.param(b"a: [", "not YAML", id="broken"),
        pytest.param(b'{"a:b": "x/y:1"', "not YAML", id="cut JSON"),
        pytest.param(b"x/y:1", "want a mapping", id="one text"),
        pytest.param(b"[" * 100_000, "nested", id="hostile depth"),
        pytest.param(b"{a: [\n\t]", "not YAML", id="tab"),
    ],
)
def test_a_file_that_is_no_result_file_is_one_error(tmp_path, content, message):
    path = tmp_path / "results"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        load_results([path], None)
    assert caught.value.exit_code == 2
    assert str(path) in caught.value.message


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load_results([tmp_path / "none"], None)
    with pytest.raises(ConfigError, match="standard input"):
        load_results(["-"], None)
