"""gitbot keeps image references in Git repositories up to date."""

__version__ = "0.1.0"
