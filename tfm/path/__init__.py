"""`tfm.Path`, the face for scripts and config.py: pathlib's names for local disks and S3 alike.

No room of the house imports it; it may import `ops`, `storage` and `model`, and loads neither
boto3 nor Textual. Begin with `face.py`; `pure.py` holds the names (no I/O), `look.py` the
questions, `stored.py` the S3 cache functions.
"""

from tfm.path.default import default_vfs, set_default_vfs
from tfm.path.face import Path
from tfm.path.stored import (
    S3_CACHE_MAX_ENTRIES,
    S3_CACHE_TTL,
    S3Cache,
    clear_s3_cache,
    configure_s3_cache,
    get_s3_cache,
    get_s3_cache_stats,
)

__all__ = [
    "S3_CACHE_MAX_ENTRIES",
    "S3_CACHE_TTL",
    "Path",
    "S3Cache",
    "clear_s3_cache",
    "configure_s3_cache",
    "default_vfs",
    "get_s3_cache",
    "get_s3_cache_stats",
    "set_default_vfs",
]
