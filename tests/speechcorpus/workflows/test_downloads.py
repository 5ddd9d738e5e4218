"""Who holds what: a program that opens several connections at once is one holder."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Download, Project, Release
from speechcorpus.workflows.download_tokens import Downloader
from speechcorpus.workflows.downloads import record_download
from speechcorpus.workflows.people import create_staff

AT_ONCE = 4


@pytest.mark.either_database
def test_the_first_ranges_of_a_bundle_may_be_asked_for_at_once(store, now):
    who = Downloader(actor=Actor(role="ml", id=create_staff(store, name="N", role="ml", now=now)), key="t")
    with store.catalogue.write() as session:
        session.add(Project(id="p", title="P", created_at=now))
        session.flush()
        row = Release(id="r", project_id="p", corpus="taigi", version="1.0.0", state="published", settings={})
        row.released_on, row.built_by, row.created_at = "2026-03-01", "somebody", now
        session.add(row)
    together = Barrier(AT_ONCE)

    def fetch(part):
        together.wait()
        record_download(store, who, "r", part, now=now)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for part in ("bundle:core", "bundle:audio", "files"):
            assert list(threads.map(fetch, [part] * AT_ONCE)) == [None] * AT_ONCE
    with store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(Download)) == 3
