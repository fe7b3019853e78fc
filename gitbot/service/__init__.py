"""The daemon: schedule, HTTP endpoints, shutdown; it adds only waiting to what `gitbot run` does.

configuration (reloaded when the file changes) → schedule (when) → engine (what runs together) → metrics and http (how it is).
"""
