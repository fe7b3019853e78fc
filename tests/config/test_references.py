from __future__ import annotations

import pytest

from gitbot.config.models import SecretSource
from gitbot.config.references import reveal
from gitbot.errors import GitbotError


def from_env(name: str) -> SecretSource:
    return SecretSource(env=name)


def from_file(path: str) -> SecretSource:
    return SecretSource(file=path)


def test_a_secret_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TOKEN", "canary-env ")
    assert reveal(from_env("TOKEN"), tmp_path).reveal() == "canary-env "


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        (b"canary", "canary"),
        (b"canary\n", "canary"),
        (b"canary\r\n", "canary"),
        (b"canary\n\n", "canary\n"),
        (b" canary \n", " canary "),
        ("pässword".encode(), "pässword"),
        (b"-----BEGIN\nabc\n-----END\n", "-----BEGIN\nabc\n-----END"),
    ],
)
def test_of_a_file_one_line_break_at_the_end_is_not_part_of_the_secret(tmp_path, written, secret):
    (tmp_path / "secret").write_bytes(written)
    assert reveal(from_file("secret"), tmp_path).reveal() == secret


def test_an_absolute_file_and_a_link_are_read(tmp_path):
    (tmp_path / "..data").write_text("canary")
    (tmp_path / "token").symlink_to("..data")
    assert reveal(from_file(str(tmp_path / "token")), tmp_path / "elsewhere").reveal() == "canary"


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        pytest.param(b"", 0o600, "is empty", id="empty"),
        pytest.param(b"\n", 0o600, "is empty", id="only a line break"),
        pytest.param(b"canary\xff", 0o600, "is not UTF-8", id="not UTF-8"),
        pytest.param(b"canary\x00", 0o600, "NUL", id="NUL"),
        pytest.param(b"canary" * 200_000, 0o600, "larger than 1048576 bytes", id="huge"),
        pytest.param(b"canary", 0o646, "everybody may write", id="writable by everybody"),
    ],
)
def test_a_bad_secret_file_is_an_error_without_the_secret(tmp_path, content, mode, message):
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(GitbotError, match=message) as caught:
        reveal(from_file("secret"), tmp_path)
    assert "canary" not in caught.value.message
    assert "secret" in caught.value.message


def test_a_missing_secret_names_the_reference(tmp_path, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(GitbotError, match="environment variable NOT_SET"):
        reveal(from_env("NOT_SET"), tmp_path)
    with pytest.raises(GitbotError, match=r"none.*No such file"):
        reveal(from_file("none"), tmp_path)
    with pytest.raises(GitbotError, match="Is a directory"):
        reveal(from_file("."), tmp_path)


def test_where_one_line_is_wanted_several_are_refused(tmp_path):
    (tmp_path / "secret").write_text("canary\nhost=evil\n")
    assert reveal(from_file("secret"), tmp_path).reveal() == "canary\nhost=evil"
    with pytest.raises(GitbotError, match="line break"):
        reveal(from_file("secret"), tmp_path, one_line=True)
