"""What only a server can do: go away, hang, refuse; and that no message tells its password."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from gitbot.errors import GitbotError, Unavailable
from gitbot.secret import mask
from gitbot.state.postgres import PostgresDatabase
from gitbot.state.sql import SqlStore
from gitbot.state.store import open_store
from tests.state.examples import BLANK, FULL, run

CANARY = "canary-%2F7c1e%40x"
SPOKEN = "canary-/7c1e@x"


@pytest.fixture
def url(postgres) -> str:
    return postgres.new_database()


def cut_all(postgres, url) -> None:
    """End every session of the database, as a restart of the server does."""
    end = "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    postgres.run(url.rpartition("/")[2], f"{end} where datname = current_database() and pid <> pg_backend_pid()")


@pytest.mark.server
def test_a_connection_that_broke_is_made_again(postgres, url):
    with open_store(url) as store:
        store.put(FULL)
        cut_all(postgres, url)
        assert store.get("flux-system", "fleet") == (FULL, ())
        cut_all(postgres, url)
        store.put(BLANK, run(1))
        store.put(BLANK, run(1))
        assert store.history().runs == (run(1),)


@pytest.mark.server
def test_a_lease_whose_connection_broke_is_no_longer_held(postgres, url):
    with open_store(url) as store, store.lease("flux-system", "fleet") as held:
        assert held.still_held()
        cut_all(postgres, url)
        assert not held.still_held()
        with store.lease("flux-system", "fleet") as successor:
            assert successor.still_held()
            assert not held.still_held()


@pytest.mark.server
def test_a_lock_given_back_behind_our_back_is_noticed(url):
    with open_store(url) as store, store.lease("flux-system", "fleet") as held:
        held._connection.execute("SELECT pg_advisory_unlock_all()")
        assert not held.still_held()


@pytest.mark.server
def test_the_same_names_in_another_database_are_other_automations(postgres, url):
    with open_store(url) as one, open_store(postgres.new_database()) as two, one.lease("a", "b") as first:
        assert first
        with two.lease("a", "b") as second:
            assert second


@pytest.mark.server
def test_a_session_of_the_server_that_hangs_is_left_for_a_new_one(url):
    database = PostgresDatabase(url, answer_seconds=1)
    with SqlStore(database) as store:
        store.put(FULL)
        ((backend,),) = database.read(lambda execute: execute("SELECT pg_backend_pid()"))
        os.kill(backend, signal.SIGSTOP)
        try:
            assert store.get("flux-system", "fleet") == (FULL, ())
        finally:
            os.kill(backend, signal.SIGCONT)


@pytest.mark.server
def test_a_lease_on_a_session_that_hangs_is_not_held(url):
    with SqlStore(PostgresDatabase(url, answer_seconds=1)) as store, store.lease("a", "b") as held:
        ((backend,),) = held._connection.execute("SELECT pg_backend_pid()").fetchall()
        os.kill(backend, signal.SIGSTOP)
        try:
            assert not held.still_held()
        finally:
            os.kill(backend, signal.SIGCONT)


@pytest.mark.server
def test_a_query_that_takes_too_long_can_be_tried_again(url):
    database = PostgresDatabase(url, answer_seconds=1)
    with SqlStore(database) as store:
        with pytest.raises(Unavailable, match=r"state database .*: "):
            database.read(lambda execute: execute("SELECT pg_sleep(60)"))
        assert store.records() == ((), ())


def test_a_server_that_accepts_and_says_nothing_is_one_error_within_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(Unavailable, match=f"state database 127.0.0.1:{port}/db: ") as raised:
            open_store(f"postgresql://u:{CANARY}@127.0.0.1:{port}/db?connect_timeout=2")
    assert "check that the server runs" in raised.value.hint


@pytest.mark.parametrize(
    ("url", "error", "why"),
    [
        pytest.param(f"postgresql://u:{CANARY}@127.0.0.1:1/db", Unavailable, "127.0.0.1:1/db", id="no server"),
        pytest.param(
            f"postgres://127.0.0.1:1/db?user=u&password={CANARY}", Unavailable, "127.0.0.1:1/db", id="in the query"
        ),
        pytest.param(f"postgresql://u:{SPOKEN}@127.0.0.1:1/db", GitbotError, "state", id="not escaped"),
        pytest.param(
            "postgresql://u:99/canary@127.0.0.1:1/db", GitbotError, "not a PostgreSQL URL", id="looks like a port"
        ),
        pytest.param(f"postgresql://u:{CANARY}@127.0.0.1:x/db", GitbotError, "state", id="bad port"),
        pytest.param(
            f"postgresql://u:{CANARY}@127.0.0.1/db?odd=1", GitbotError, "not a PostgreSQL URL", id="bad option"
        ),
        pytest.param(f"postgresql://u:{CANARY}%zz@127.0.0.1/db", GitbotError, "not a PostgreSQL URL", id="bad escape"),
        pytest.param(f"postgresql://u:{CANARY}@[::1/db", GitbotError, "not a PostgreSQL URL", id="bad host"),
    ],
)
def test_no_error_tells_the_password(url, error, why):
    with pytest.raises(error, match=why) as raised:
        open_store(url)
    chain = [raised.value, raised.value.__cause__] + (
        [] if raised.value.__suppress_context__ else [raised.value.__context__]
    )
    for each in chain:
        assert "canary" not in mask(str(each))
    assert "canary" not in raised.value.message + raised.value.hint
    assert mask(CANARY) != CANARY


@pytest.mark.server
def test_a_database_that_is_not_there_is_named(url):
    with pytest.raises(Unavailable, match='database "gone" does not exist'):
        open_store(url.rpartition("/")[0] + "/gone")


@pytest.mark.server
def test_a_user_without_rights_learns_what_is_missing(postgres, url):
    name = url.rpartition("/")[2]
    postgres.run(name, "create role poor login")
    try:
        with pytest.raises(GitbotError, match="permission denied for schema public") as raised:
            open_store(url.replace("gitbot@", "poor@"))
        assert "make tables" in raised.value.hint
    finally:
        postgres.run(name, "drop role poor")


@pytest.mark.server
def test_a_read_only_server_is_one_clear_error(url):
    with pytest.raises(GitbotError, match="read-only transaction"):
        open_store(f"{url}?options=-c%20default_transaction_read_only%3Don")


@pytest.mark.server
def test_the_tables_go_to_the_schema_of_the_user_beside_the_tables_of_others(postgres, url):
    name = url.rpartition("/")[2]
    postgres.run(name, "create schema bot; create table bookmarks (url text)")
    with open_store(f"{url}?options=-c%20search_path%3Dbot") as store:
        store.put(FULL)
    assert postgres.run(name, "select count(*) from bot.gitbot_records") == "1"
    with open_store(url) as store:
        assert store.get("flux-system", "fleet") == (BLANK, ())


@pytest.mark.server
def test_the_place_names_host_port_and_database(postgres, url):
    with open_store(url) as store:
        assert store.place == f"state database 127.0.0.1:{postgres.port}/{url.rpartition('/')[2]}"


def test_without_the_driver_the_error_says_how_to_get_it(start):
    script = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from gitbot.errors import GitbotError\nfrom gitbot.state.store import open_store\n"
        "try: open_store('postgresql://u@127.0.0.1:1/db')\nexcept GitbotError as error: print(error.message, error.hint)"
    )
    assert "pip install 'gitbot[postgres]'" in start(script).communicate()[0]
