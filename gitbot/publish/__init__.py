"""Step 7: a commit and where it goes."""
