"""Edge: the Kubernetes API; knows nothing of gitbot."""
