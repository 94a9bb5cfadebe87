"""Real S3 servers for tests: subprocesses on loopback, each in a temporary directory.

Begin in `server.py` (what a test gets to see); `kinds.py` knows the command line of each server,
`leash.py` is the process between us and the server that ends it whatever happens to us.
"""
