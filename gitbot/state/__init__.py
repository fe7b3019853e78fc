"""Step 8: what the last run saw and did: records, store, lease, history."""
