"""As for the run: a user's gitbot for each test."""

from tests.e2e.conftest import world, worlds

__all__ = ["world", "worlds"]
