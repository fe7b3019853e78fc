"""Builds the real or the dry-run edges from a configuration: the only package that chooses implementations."""
