"""Settings of buckets: what there is, how it is asked for and set, and what it means in words.

Owns the `Settings` facet of S3; may import what `tfm.storage.s3` may. Begin with `table.py`: one row is one
setting, and a new row is all that a new one needs. `facet.py` reads and writes, `documents.py` compares.
"""
