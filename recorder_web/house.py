"""What machines ask of the house: is it there, can it take work, what are its figures."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Generic, TypeVar, cast

from flask import Flask, Response, current_app, jsonify, request

from recorder_web.context import current_settings, current_store, now
from recorder_web.exposition import CONTENT_TYPE, Family, counter, exposition, gauge, histogram
from recorder_web.observing import SECONDS, Observer
from recorder_web.settings import WebSettings
from recorder_web.strangers import refuse_try
from recorder_web.tls import read_certificates
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.at_work import JOB_SECONDS
from speechcorpus.workflows.house_checks import NotReady, why_not_ready
from speechcorpus.workflows.house_figures import (
    BlobFigures,
    QueueFigures,
    blob_figures,
    disk_figures,
    queue_figures,
)
from speechcorpus.workflows.upkeep import faults_of, last_upkeep

RETRY_S: Final = 5
READY_FOR_S, QUEUE_FOR_S, BLOBS_FOR_S = 1.0, 5.0, 300.0
DAY_S: Final = 86_400
Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """An answer that is asked for anew only after a while: whoever asks all the time costs nothing."""

    def __init__(self, ask: Callable[[], Value], for_s: float) -> None:
        self._ask, self._for_s = ask, for_s
        self._guard = threading.Lock()
        self._known: tuple[Value, float] | None = None

    def __call__(self) -> Value:
        """Return what is known, asking when it is too old."""
        with self._guard:
            if self._known is None or time.monotonic() - self._known[1] > self._for_s:
                self._known = (self._ask(), time.monotonic())
            return self._known[0]


def add_house_routes(app: Flask, store: Store, settings: WebSettings, observer: Observer) -> None:
    """Let an application answer /healthz, /readyz and /metrics."""
    app.extensions["speechcorpus.observer"] = observer
    app.extensions["speechcorpus.ready"] = Remembered(
        lambda: why_not_ready(store, reserve_bytes=settings.reserve_bytes), READY_FOR_S
    )
    app.extensions["speechcorpus.queue"] = Remembered(
        lambda: queue_figures(store, now=settings.clock()), QUEUE_FOR_S
    )
    app.extensions["speechcorpus.blobs"] = Remembered(lambda: blob_figures(store), BLOBS_FOR_S)
    for path, view in (("/healthz", _healthz), ("/readyz", _readyz), ("/metrics", _metrics)):
        app.add_url_rule(path, path.strip("/"), view)


def keep_metrics_token(path: Path) -> None:
    """Make the token that lets somebody read the figures, unless it is there; a full disk waits for it."""
    if not path.exists():
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32) + "\n")


def _healthz() -> Response:
    return jsonify({"status": "ok", "assets": current_app.extensions["speechcorpus.assets"].built})


def _readyz() -> Response:
    """Say whether people should be sent here, and if not, why."""
    reasons = cast(tuple[NotReady, ...], current_app.extensions["speechcorpus.ready"]())
    told = [{"code": each.code, "reason": each.sentence} for each in reasons]
    response = jsonify({"status": "not-ready" if reasons else "ready", "reasons": told})
    if reasons:
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_S)
    return response


def _metrics() -> Response:
    """Show the figures to whoever has the token; for anybody else there is no such page."""
    settings, sent = current_settings(), _sent_token()
    if not _is_the_token(sent, settings):
        if sent:
            refuse_try(not_found("page"))  # the figures must not be easier to guess than a link
        raise not_found("page")
    observer = cast(Observer, current_app.extensions["speechcorpus.observer"])
    observer.counters.flush()
    families = (*_counted(observer), *_held(current_store(), settings, now()))
    return Response(exposition(families), content_type=CONTENT_TYPE)


def _sent_token() -> str:
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    return sent.strip() if kind == "Bearer" else ""


def _is_the_token(sent: str, settings: WebSettings) -> bool:
    try:
        wanted = settings.metrics_token_path.read_text().strip()
    except OSError:
        return False
    return bool(wanted) and hmac.compare_digest(sent.encode(), wanted.encode())


def _counted(observer: Observer) -> Iterator[Family]:
    totals = observer.counters.totals()
    yield counter(
        "speechcorpus_requests_total", "Requests answered.", totals, "requests", ("method", "route", "status")
    )
    yield counter(
        "speechcorpus_request_bytes_total",
        "Bytes of bodies that were taken.",
        totals,
        "request_bytes",
        ("route",),
    )
    yield histogram(
        "speechcorpus_request_seconds",
        "From a whole request to the beginning of its answer.",
        totals,
        "request_s",
        ("route",),
        SECONDS,
    )
    yield counter(
        "speechcorpus_jobs_total", "Attempts at jobs, by how they ended.", totals, "jobs", ("kind", "ended")
    )
    yield histogram(
        "speechcorpus_job_seconds", "How long attempts took.", totals, "job_s", ("kind",), JOB_SECONDS
    )


def _held(store: Store, settings: WebSettings, at: datetime) -> Iterator[Family]:
    reasons = current_app.extensions["speechcorpus.ready"]()
    yield gauge("speechcorpus_ready", "1 when people may be sent here.", ({}, float(not reasons)))
    yield gauge("speechcorpus_build_info", "The version that runs.", ({"version": _version()}, 1.0))
    disk = disk_figures(store)
    yield gauge("speechcorpus_disk_free_bytes", "Free on the disk of the data folder.", ({}, disk.free_bytes))
    yield gauge("speechcorpus_disk_bytes", "Size of that disk.", ({}, disk.total_bytes))
    yield from _certificate(settings, at)
    try:
        queue = cast(QueueFigures, current_app.extensions["speechcorpus.queue"]())
        blobs = cast(BlobFigures, current_app.extensions["speechcorpus.blobs"]())
    except StoreError:
        return  # the database is away: what this process knows by itself is shown all the same
    yield from _queue(queue)
    yield from _blobs(blobs)
    yield from _looked_after(store, at)


def _queue(queue: QueueFigures) -> Iterator[Family]:
    rows: list[tuple[dict[str, str], float]] = [
        ({"kind": kind, "state": state}, float(count)) for (kind, state), count in queue.jobs.items()
    ]
    yield gauge("speechcorpus_jobs", "Jobs that are not done.", *rows)
    yield gauge("speechcorpus_jobs_dead", "Jobs that were given up.", ({}, queue.dead))
    yield gauge(
        "speechcorpus_queue_age_seconds", "How long the oldest due job waits.", ({}, queue.oldest_due_s)
    )
    yield gauge("speechcorpus_takes_receiving", "Takes that are being sent.", ({}, queue.receiving))


def _blobs(figures: BlobFigures) -> Iterator[Family]:
    counts = [({"state": state}, float(count)) for state, count in figures.blobs.items()]
    sizes = [({"state": state}, float(size)) for state, size in figures.bytes.items()]
    yield gauge("speechcorpus_blobs", "Recordings and files kept.", *counts)
    yield gauge("speechcorpus_blob_bytes", "Their bytes.", *sizes)
    yield gauge("speechcorpus_blobs_unverified", "Never read back yet.", ({}, figures.unverified))


def _looked_after(store: Store, at: datetime) -> Iterator[Family]:
    with store.catalogue.read() as session:
        last = last_upkeep(session)
    ages = [({"what": kind}, (at - done.at).total_seconds()) for kind, done in last.items()]
    faults = [({"what": kind}, float(faults_of(done))) for kind, done in last.items()]
    yield gauge("speechcorpus_upkeep_age_seconds", "Since the last scrub, backup, restore.", *ages)
    yield gauge("speechcorpus_upkeep_faults", "What was found then.", *faults)


def _certificate(settings: WebSettings, at: datetime) -> Iterator[Family]:
    left_s = certificate_left_s(settings.tls_dir, at) if settings.https_port is not None else None
    if left_s is not None:
        days = left_s / DAY_S
        yield gauge("speechcorpus_certificate_days", "Until the TLS certificate ends.", ({}, days))


def certificate_left_s(folder: Path, at: datetime) -> float | None:
    """Return how long the certificate of a TLS folder lasts, in seconds; None where there is none."""
    try:
        return (read_certificates(folder).leaf.not_valid_after_utc - at).total_seconds()
    except (OSError, ValueError):
        return None


def _version() -> str:
    try:
        return version("speechcorpus")
    except PackageNotFoundError:
        return "unknown"
