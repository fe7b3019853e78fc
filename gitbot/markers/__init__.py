"""Step 4: where a file asks to be changed. Pure: bytes in, marked scalars and problems out."""
