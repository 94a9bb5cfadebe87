"""tfm: a two-pane terminal file manager for local disks and S3.

For scripts: `from tfm import Path`, and the functions of the S3 cache. They are looked up when first
used, so that `import tfm` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfm.path import (
        S3_CACHE_MAX_ENTRIES,
        S3_CACHE_TTL,
        Path,
        S3Cache,
        clear_s3_cache,
        configure_s3_cache,
        get_s3_cache,
        get_s3_cache_stats,
    )

__version__ = "0.1.0"

__all__ = [
    "S3_CACHE_MAX_ENTRIES",
    "S3_CACHE_TTL",
    "Path",
    "S3Cache",
    "__version__",
    "clear_s3_cache",
    "configure_s3_cache",
    "get_s3_cache",
    "get_s3_cache_stats",
]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(importlib.import_module("tfm.path"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
