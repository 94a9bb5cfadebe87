"""S3 buckets as places: listing, reading, writing, transfers, copies and deletes over boto3.

Owns everything that knows S3; may import `tfm.model`, `tfm.storage.{base,facets,guard}` and, nowhere
else in the house, botocore; `client.py` alone imports boto3, when the first request is made. Begin
with `storage.py` (what the rest of the house sees), then `calls.py` (how one request is made).
"""
