"""The composition root: from settings and arguments to the services of the house."""

from __future__ import annotations

from collections.abc import Mapping

from tfm.cli.arguments import Choice, Usage
from tfm.cli.console import Console
from tfm.config.load import Loaded, defaults, load_config
from tfm.config.places import Places, make_private
from tfm.config.rules import Rejected, pairs_of
from tfm.config.settings import SETTINGS, Settings
from tfm.jobs.audit import AuditLog
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Journals
from tfm.model.patience import Patience
from tfm.model.redact import redact
from tfm.model.verify import Level
from tfm.storage.cache import ListingCache
from tfm.storage.device_codes import DeviceCodes
from tfm.storage.listing_store import DAY, ListingStore
from tfm.storage.vfs import Vfs


def load_settings(
    choice: Choice, places: Places, environ: Mapping[str, str], console: Console
) -> Loaded:
    """The configuration. A named file with faults raises Usage; those of the usual one are said."""
    if choice.no_config:
        return defaults()
    loaded = load_config(choice.config, places, environ)
    if choice.config is not None and loaded.problems:
        for problem in loaded.problems:
            console.say(str(problem))
        raise Usage("The configuration has faults; nothing was done. Mend it, or use --no-config.")
    return loaded


def storage_options(settings: Settings, choice: Choice) -> dict[str, dict[str, object]]:
    """Plain values for each backend; what the command line says comes first. Raises Usage."""
    endpoint = settings.s3_endpoint_url
    if choice.endpoint_url:
        try:
            endpoint = str(SETTINGS["S3_ENDPOINT_URL"].rule.accept(choice.endpoint_url))
        except Rejected as error:
            raise Usage(f"--endpoint-url must be {error}.") from error
    s3: dict[str, object] = {
        "profile": choice.profile or settings.s3_profile,
        "region": choice.region or settings.s3_region,
        "endpoint_url": endpoint,
        "addressing_style": settings.s3_addressing_style,
        "no_sign_request": choice.no_sign_request or settings.s3_no_sign_request,
        "ca_bundle": settings.s3_ca_bundle,
        "connect_timeout": settings.s3_connect_timeout,
        "read_timeout": settings.s3_read_timeout,
        "bulk_read_timeout": settings.s3_bulk_read_timeout,
        "max_retries": settings.s3_max_retries,
        "retry_delay": settings.s3_retry_delay,
        "outage_wait": settings.s3_outage_wait,
        "pool_connections": settings.s3_pool_connections,
        "multipart_threshold": settings.s3_multipart_threshold,
        "part_size": settings.s3_part_size,
        "threads": settings.s3_transfer_threads,
        "cache_ttl": settings.s3_cache_ttl,
        "storage_class": settings.s3_storage_class,
        "encryption": settings.s3_encryption,
        "kms_key_id": settings.s3_kms_key_id,
        "customer_key": settings.s3_customer_key,
        "former_customer_key": settings.s3_former_customer_key,
        "uploads": pairs_of(settings.s3_uploads),
        "bucket_columns": settings.s3_bucket_columns,
        "requester_pays": choice.requester_pays or settings.s3_requester_pays,
        "accelerate": settings.s3_accelerate,
        "buckets": pairs_of(settings.s3_buckets),
        "prices": pairs_of(settings.s3_prices),
        "metrics_namespace": settings.s3_metrics_namespace,
        "connections": settings.s3_connections,
    }
    return {"s3": s3, "file": {"fsync": settings.fsync}}


def compose(settings: Settings, choice: Choice) -> Vfs:
    """The one door, with its cache; opens no backend. Raises Usage."""
    codes = DeviceCodes(choice.mfa_code)
    options = storage_options(settings, choice)
    options["s3"]["codes"] = codes
    return Vfs(
        options,
        codes=codes,
        read_only=choice.read_only,
        cache=ListingCache(ttl=settings.s3_cache_ttl, max_entries=settings.s3_cache_max_entries),
    )


def listings_of(places: Places, settings: Settings) -> ListingStore | None:
    """Where listings are kept for the next start; None where the settings keep none."""
    if not settings.s3_persist_listings or settings.s3_cache_ttl == 0:
        return None
    return ListingStore(
        places.listings,
        make_private,
        max_bytes=settings.s3_persist_max_bytes,
        max_age=settings.s3_persist_days * DAY,
    )


def journals_of(
    places: Places, settings: Settings, choice: Choice, environ: Mapping[str, str]
) -> Journals:
    """Where jobs are written down; those that spoke to another server are told apart by its name."""
    profile = choice.profile or settings.s3_profile or environ.get("AWS_PROFILE", "")
    server = choice.endpoint_url or settings.s3_endpoint_url
    server = server or environ.get("AWS_ENDPOINT_URL_S3", "") or environ.get("AWS_ENDPOINT_URL", "")
    connections = {
        name: _label(str(told.get("endpoint_url") or ""), str(told.get("profile") or ""))
        for name, told in settings.s3_connections.items()
    }
    return Journals(places.journals, _label(server, profile), make_private, connections)


def _label(server: str, profile: str) -> str:
    """A server, and as whom it is asked."""
    return f"{redact(server) or 'AWS'}{f' as {profile}' if profile else ''}"


def audit_of(places: Places, settings: Settings) -> AuditLog | None:
    """Where it is written down who did what; None unless the settings want it."""
    if settings.audit_log == "off":
        return None
    return AuditLog(
        places.audit,
        make_private,
        largest=settings.audit_log_size,
        required=settings.audit_log == "required",
    )


def make_manager(
    vfs: Vfs, settings: Settings, journals: Journals, audit: AuditLog | None = None
) -> JobManager:
    """The background jobs of the screen."""
    return JobManager(
        vfs,
        max_jobs=settings.max_jobs,
        parts=settings.s3_transfer_threads,
        patience=patience_of(settings),
        level=Level(settings.verify),
        journals=journals,
        audit=audit,
    )


def patience_of(settings: Settings) -> Patience:
    """How patient jobs and verbs are with storages that fail for the moment."""
    return Patience(settings.s3_max_retries, settings.s3_retry_delay, settings.s3_outage_wait)
