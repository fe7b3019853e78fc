"""Edge: OCI registries; knows nothing of gitbot."""
