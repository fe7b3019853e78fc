"""Edge: pull requests; knows nothing of gitbot."""
