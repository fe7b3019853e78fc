"""Edge: OCI registries; knows nothing of gitbot.

`name` says where an image is, `credentials` who we are there, `session` gets us in, `client` asks. Why no library: none
found follows every rule that matters here (same-origin links and credentials, caps that are errors, Retry-After).
"""
