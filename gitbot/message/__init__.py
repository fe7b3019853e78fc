"""Step 6: the words of a commit. Pure: text and values in, text out."""
