"""Go's text/template with sprig's hermetic functions, interpreted: what Flux's manifests carry as message templates."""
