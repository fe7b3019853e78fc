"""Each test gets a database of its own from one real PostgreSQL."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.server


def test_databases_are_empty_and_apart(postgres):
    first, second = postgres.new_database(), postgres.new_database()
    name = first.rpartition("/")[2]
    postgres.run(name, "create table t (n int); insert into t values (7)")
    assert postgres.run(name, "select n from t") == "7"
    assert postgres.run(second.rpartition("/")[2], "select to_regclass('t') is null") == "t"
