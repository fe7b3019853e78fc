"""Signals that arrive while a process is being started."""

import signal
import threading

import pytest

from gitbot.git import run as module
from gitbot.git.interruption import hold
from tests.git.test_run import gone, script


@pytest.fixture
def handlers():
    """Handlers that raise, as those of a run do; the old ones come back."""

    def terminate(*_):
        raise KeyboardInterrupt("told to stop")

    before = signal.signal(signal.SIGTERM, terminate), signal.signal(signal.SIGINT, signal.default_int_handler)
    yield terminate, signal.default_int_handler
    signal.signal(signal.SIGTERM, before[0])
    signal.signal(signal.SIGINT, before[1])


def installed():
    return signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_made_as_the_signal_arrives_is_ended(tmp_path, handlers, monkeypatch, number):
    start = module._start
    made = []

    def interrupted(*args):
        made.append(start(*args))
        signal.raise_signal(number)
        return made[0]

    monkeypatch.setattr(module, "_start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        module.run(tmp_path, ["fetch"], env=script(tmp_path, "sleep 600"))
    assert gone(str(made[0].process.pid))
    assert module._running == set()
    assert installed() == handlers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_until_it_is_released_and_is_answered_once(handlers, number):
    release = hold()
    signal.raise_signal(number)
    with pytest.raises(KeyboardInterrupt):
        release()
    release()
    assert installed() == handlers


def test_a_start_that_fails_gives_the_handlers_back(tmp_path, handlers, monkeypatch):
    def failing(*_):
        raise OSError("no more processes")

    monkeypatch.setattr(module, "_start", failing)
    with pytest.raises(OSError, match="no more processes"):
        module.run(tmp_path, ["fetch"], env={})
    assert installed() == handlers


def test_signals_that_are_ignored_stay_ignored(handlers):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    release = hold()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    release()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


def test_another_thread_changes_no_handler(handlers):
    seen = []

    def elsewhere():
        release = hold()
        seen.append(installed())
        release()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [handlers]
