"""Step 5: what would change, as a value. Pure: texts and images in, ResultV2 and new bytes out."""
