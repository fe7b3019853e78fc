"""Edge: the Kubernetes API over HTTP (list, watch, get, patch of a status) and the ways to log in; knows nothing of gitbot.

Of a cluster it writes nothing but the status it is told to, and it asks with the verbs get, list, watch and patch alone.
"""
