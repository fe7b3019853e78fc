"""Step 2: which image each policy elects."""
