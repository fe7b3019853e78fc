"""Arguments to values, outcomes to lines and exit codes; the only package that prints."""
