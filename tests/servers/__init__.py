"""Real servers on 127.0.0.1 for the tests: git over HTTP(S) and SSH, a proxy, PostgreSQL; and one that misbehaves on purpose."""
