"""Edge: drives the git executable; knows nothing of gitbot."""
