"""`tfm --demo`: sample buckets on an S3 server of its own, and a sample folder beside them.

Owns the server process (`server`, the only place that imports moto), its samples (`samples`), and what
the program itself borrows for the demo (`demo`). Nothing of the user's is read or touched.
"""
