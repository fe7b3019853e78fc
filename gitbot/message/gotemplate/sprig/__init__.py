"""sprig 3.3.0's hermetic functions, by subject; `gotemplate.functions` puts them together."""
