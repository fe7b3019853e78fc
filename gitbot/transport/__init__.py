"""Leaf: HTTP, the one way out of the process besides git; knows nothing of gitbot."""
