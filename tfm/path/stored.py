"""What is kept of S3 listings, as the functions that scripts know.

They look at, and drop from, the one cache of the default Vfs. There is no need to call them after
changes made through tfm: those are always seen at once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from tfm.model.change import beneath, merge
from tfm.model.entry import Entry
from tfm.model.listing import Listing
from tfm.model.location import S3, Location, Root, parse
from tfm.path.default import default_vfs, forget_seen
from tfm.path.face import Path
from tfm.storage.cache import DEFAULT_MAX_ENTRIES, DEFAULT_TTL
from tfm.storage.listing_store import ListingStore, usual_directory
from tfm.storage.statistics import forget_cached

S3_CACHE_TTL = int(DEFAULT_TTL)
"""How long a listing is kept unless something else is set, in seconds."""

S3_CACHE_MAX_ENTRIES = DEFAULT_MAX_ENTRIES
"""How many listings and single facts are kept unless something else is set."""


class S3Cache:
    """The listings that are known, by directory; safe from any thread.

    It is a view of the cache that everything in this process uses, not a cache of its own.
    """

    def get(self, place: str | Path) -> Listing | None:
        """The listing of a directory if it is known and not too old; never a request."""
        return default_vfs().cache.get(_directory(place))

    def put(self, place: str | Path, entries: Iterable[Entry], ttl: float | None = None) -> None:
        """Let this count as the listing of a directory, for `ttl` seconds.

        Without `ttl` as long as any listing there. A change of ours drops it like any other.
        """
        vfs, directory = default_vfs(), _directory(place)
        ticket = vfs.cache.ticket(directory)
        listing = Listing(directory, tuple(entries), time.time())
        vfs.cache.put(ticket, listing, vfs.lifetime(directory) if ttl is None else ttl)

    def invalidate_bucket(self, bucket: str) -> None:
        """Forget everything about a bucket, by whatever connection it was reached."""
        self._forget(f"{_checked(bucket)}/")

    def invalidate_key(self, bucket: str, key: str) -> None:
        """Forget one key: its facts, the listings that show it, and those beneath it."""
        self._forget(f"{_checked(bucket)}/{key}")

    def invalidate_prefix(self, bucket: str, prefix: str) -> None:
        """Forget all keys that begin with `prefix`, and the listings that show them."""
        head, slash, _ = prefix.rpartition("/")
        self._forget(f"{_checked(bucket)}/{head}{slash}")

    def clear(self) -> None:
        """Forget everything, also the listings that panes left on the disk for the next start."""
        forget_cached(default_vfs())
        forget_seen()
        if (kept := _on_disk()) is not None:
            kept.clear()

    def get_stats(self) -> dict[str, float]:
        """`total_entries`, `expired_entries`, `max_entries`, `default_ttl`, `hits`, `misses`.

        `default_ttl` is in seconds. Entries are listings and single facts. Expired ones are swept
        as soon as they are more than half.
        """
        stats = default_vfs().cache.stats()
        return {
            "total_entries": stats.total_entries,
            "expired_entries": stats.expired_entries,
            "max_entries": stats.max_entries,
            "default_ttl": stats.default_ttl,
            "hits": stats.hits,
            "misses": stats.misses,
        }

    @staticmethod
    def _forget(key: str) -> None:
        vfs = default_vfs()
        roots: set[Root] = {S3}
        roots.update(storage.root for storage in vfs.opened())
        roots.update(place.root for place in vfs.cache.places())
        vfs.forget(
            merge(beneath(Location(root, key)) for root in roots if root.scheme == S3.scheme)
        )
        if (kept := _on_disk()) is not None:
            kept.drop_where(lambda place: beneath(Location(place.root, key)).covers(place))


def _on_disk() -> ListingStore | None:
    """What panes keep from run to run: a script only ever removes of it."""
    directory = usual_directory(os.environ)
    return None if directory is None else ListingStore(directory, lambda path: path)


def _checked(bucket: str) -> str:
    if not bucket or "/" in bucket:
        raise ValueError(f"{bucket!r} is not the name of a bucket")
    return bucket


def _directory(place: str | Path) -> Location:
    found = place.location if isinstance(place, Path) else parse(place)
    return found.as_directory()


def configure_s3_cache(ttl: float | None = None, max_entries: int | None = None) -> None:
    """Change how long (seconds) and how many listings are kept; what is kept already stays.

    `ttl` 0 keeps nothing from now on. Raises ValueError for negative figures, and for no entries.
    """
    if ttl is not None and ttl < 0:
        raise ValueError(f"ttl is in seconds and cannot be {ttl}")
    if max_entries is not None and max_entries < 1:
        raise ValueError(f"max_entries must be at least 1, not {max_entries}")
    default_vfs().cache.configure(ttl=ttl, max_entries=max_entries)


def get_s3_cache() -> S3Cache:
    """The cache of this process."""
    return S3Cache()


def get_s3_cache_stats() -> dict[str, float]:
    """Its figures; see `S3Cache.get_stats`."""
    return S3Cache().get_stats()


def clear_s3_cache() -> None:
    """Forget everything that is kept."""
    S3Cache().clear()
