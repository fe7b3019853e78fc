"""The daemon: schedule, HTTP endpoints, shutdown; it adds only waiting to what `gitbot run` does."""
