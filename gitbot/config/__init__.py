"""Step 1: what the user wrote: models, loading with positions, references to secrets."""
