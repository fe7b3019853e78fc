"""The tests of gitbot; `tests.servers` holds the real servers they talk to."""
