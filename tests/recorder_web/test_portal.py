"""The portal: pages for people, bytes for programs, over real HTTP."""

import base64
import hashlib
import io
import json
import tarfile
import threading
import urllib.error
import urllib.request
from datetime import timedelta

import pytest
from sqlalchemy import select
from waitress import wasyncore
from waitress.server import create_server

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Actor
from speechcorpus.publish.bundles import listing
from speechcorpus.store.models import Claim, Clip, Release, ReleaseItem, Segment
from speechcorpus.workflows.download_tokens import create_token, revoke_token, tokens_of
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.releases import approve_release, build_release, request_build
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.accepted import accepted_clips

BASE = "/releases/test-corpus/1.0.0"


@pytest.fixture
def published(house):
    """A house with one published release."""
    accepted_clips(house.stage)
    store, manager = house.store, house.stage.manager
    settings = {"title": "測試語料"}
    facts = {"corpus": "test-corpus", "version": "1.0.0", "released_on": "2026-11-23", "settings": settings}
    release_id = request_build(store, manager, project_id=house.stage.project_id, now=house.now, **facts)
    build_release(store, release_id, now=house.now)
    with store.catalogue.read() as session:
        corpus_id = session.get_one(Release, release_id).corpus_id
    other = Actor(role="manager", id="another")
    approve_release(store, other, release_id, corpus_id=corpus_id, now=house.now)
    return house


@pytest.fixture
def server(published):
    """Base address of a real server on that house."""
    sockets = {}
    serving = create_server(published.app, map=sockets, host="127.0.0.1", port=0, threads=8)
    stop = threading.Event()
    thread = threading.Thread(target=_serve_until, args=(stop, sockets))
    thread.start()
    yield f"http://127.0.0.1:{serving.effective_port}"
    stop.set()  # closed only when nobody listens any more
    thread.join()
    serving.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


def _serve_until(stop, sockets):
    while not stop.is_set():
        wasyncore.loop(timeout=0.05, map=sockets, count=1)


@pytest.fixture
def reader(published):
    """A member of the ML team and a token of theirs."""
    actor = Actor(role="ml", id=create_staff(published.store, name="ML", role="ml", now=published.now))
    return actor, create_token(published.store, actor, "test-corpus", now=published.now)


def get(address, token, method="GET", **headers):
    request = urllib.request.Request(address, method=method)
    for name, value in {"Authorization": f"Bearer {token}", **headers}.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_bundle_is_the_tar_of_its_files_with_the_digest_that_the_page_shows(published, server, reader):
    _, token = reader
    index = json.loads(get(f"{server}/releases/index.json", token)[2])
    (release,) = index["releases"]
    files = {}
    for name, stated in release["bundles"].items():
        status, headers, body = get(f"{server}{BASE}/bundles/{name}.tar", token)
        assert status == 200
        assert (len(body), hashlib.sha256(body).hexdigest()) == (stated["bytes"], stated["sha256"])
        assert headers["ETag"] == f'"sha256-{stated["sha256"]}"'
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert headers["Repr-Digest"] == f"sha-256=:{digest}:"
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            for member in tar:
                files[member.name.removeprefix("test-corpus-1.0.0/")] = tar.extractfile(member).read()
    assert set(files) == set(release["files"])
    sums = [(path, hashlib.sha256(data).hexdigest()) for path, data in files.items() if path != "SHA256SUMS"]
    assert listing(sums) == files["SHA256SUMS"]
    assert hashlib.sha256(files["SHA256SUMS"]).hexdigest() == release["corpus_id"]


def test_a_download_that_breaks_off_anywhere_is_resumed_to_the_same_bytes(server, reader):
    _, token = reader
    address = f"{server}{BASE}/bundles/audio.tar"
    _, headers, whole = get(address, token)
    for cut in (0, 1, 511, 512, 600, len(whole) // 2, len(whole) - 1):
        status, found, rest = get(address, token, Range=f"bytes={cut}-", If_Range=headers["ETag"])
        assert (status, found["Content-Range"]) == (206, f"bytes {cut}-{len(whole) - 1}/{len(whole)}")
        assert whole[:cut] + rest == whole
    status, _, end = get(address, token, Range="bytes=-100")
    assert (status, end) == (206, whole[-100:])


def test_ranges_and_conditions_follow_rfc_9110(server, reader):
    _, token = reader
    address = f"{server}{BASE}/files/clips.jsonl"
    _, headers, whole = get(address, token)
    outside, found, _ = get(address, token, Range=f"bytes={len(whole)}-")
    assert (outside, found["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert get(address, token, Range="bytes=0-1,5-6")[::2] == (200, whole)
    assert get(address, token, Range="bytes=5-", If_Range='"sha256-other"')[::2] == (200, whole)
    assert get(address, token, If_None_Match=headers["ETag"])[::2] == (304, b"")
    status, found, body = get(address, token, method="HEAD")
    assert (status, found["Content-Length"], body) == (200, str(len(whole)), b"")
    assert found["Accept-Ranges"] == "bytes"
    assert found["Cache-Control"] == "private, immutable, no-transform"


def test_a_revoked_token_stops_the_next_request(published, server, reader):
    actor, token = reader
    address = f"{server}{BASE}/files/VERSION"
    assert get(address, token)[::2] == (200, b"1.0.0\n")
    (known,) = tokens_of(published.store, actor, "test-corpus", now=published.now)
    revoke_token(published.store, actor, known.id, now=published.now)
    assert get(address, token)[0] == 401
    assert get(address, "not-a-token")[0] == 401


def test_a_token_ends_after_ninety_days_and_opens_its_own_corpus_only(published, server, reader):
    actor, token = reader
    foreign = create_token(published.store, actor, "another-corpus", now=published.now)
    assert get(f"{server}{BASE}/files/VERSION", foreign)[0] == 401
    published.later(days=90, seconds=1)
    assert get(f"{server}{BASE}/files/VERSION", token)[0] == 401


def test_nothing_outside_the_release_is_served(server, reader):
    _, token = reader
    for path in ("files/..%2f..%2fcatalogue.sqlite", "files/nothing.txt", "bundles/shar.tar"):
        assert get(f"{server}{BASE}/{path}", token)[0] == 404
    assert get(f"{server}/releases/test-corpus/9.9.9/files/VERSION", token)[0] == 404


def test_what_was_erased_is_gone_for_good_and_the_answer_says_so(published, server, reader):
    store, later = published.store, published.now + timedelta(days=31)
    with store.catalogue.read() as session:
        clip, owner = session.execute(
            select(Clip, Claim.contributor_id)
            .join(Segment, Segment.id == Clip.segment_id)
            .join(Claim, Claim.id == Segment.claim_id)
            .join(ReleaseItem, ReleaseItem.segment_id == Clip.segment_id)
        ).first()
        manifest = session.scalars(select(Release.manifest)).one()
    path, entry = next((path, e) for path, e in manifest.items() if e["sha256"] == clip.blob_sha256)
    address, bundle = f"{server}{BASE}/files/{path}", f"{server}{BASE}/bundles/{entry['bundle']}.tar"
    assert get(address, reader[1])[0] == 200
    asked = Asked(scope="item", segment_id=clip.segment_id)
    withdraw(store, Actor(role="contributor", id=owner), asked, now=published.now)
    look_after_withdrawals(store, now=later)
    assert (get(address, reader[1])[0], get(bundle, reader[1])[0]) == (410, 410)
    assert get(f"{server}{BASE}/files/README.md", reader[1])[0] == 200


def test_a_fifth_download_at_once_is_asked_to_wait_and_a_place_comes_free_again(published, reader):
    _, token = reader
    client = published.app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    held = [client.get(f"{BASE}/bundles/core.tar", headers=headers, buffered=False) for _ in range(4)]
    refused = client.get(f"{BASE}/bundles/core.tar", headers=headers)
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    held.pop().close()
    held.append(client.get(f"{BASE}/bundles/core.tar", headers=headers, buffered=False))
    assert held[-1].status_code == 200
    for answer in held:
        answer.close()


def test_the_page_shows_sizes_digests_and_how_to_fetch_in_every_language(published):
    browser = published.staff("ml")
    for locale in LOCALES:
        page = browser.get(f"{BASE}/?lang={locale}").get_data(as_text=True)
        assert "curl -C - -O" in page
        assert '-H "Authorization: Bearer $TOKEN"' in page
        assert "sha256sum -c --ignore-missing SHA256SUMS" in page
        assert f"{BASE}/bundles/parquet.tar" in page
        assert browser.get(f"/releases/?lang={locale}").status_code == 200
    made = browser.post(f"{BASE}/tokens").get_data(as_text=True)
    token = made.split('readonly value="')[1].split('"')[0]
    client = published.app.test_client()
    with client.get(f"{BASE}/files/VERSION", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.data == b"1.0.0\n"


def test_a_manager_builds_on_the_page_and_another_approves(house):
    accepted_clips(house.stage)
    manager, second = house.sign_in(house.stage.manager), house.staff("manager")
    form = {"project": house.stage.project_id, "corpus": "test-corpus", "version": "1.0.0"}
    form |= {"released_on": "2026-11-23", "formats": "parquet"}
    assert manager.post("/staff/releases/build", **form).status_code == 303
    with house.store.catalogue.read() as session:
        release_id = session.scalars(select(Release.id)).one()
    build_release(house.store, release_id, now=house.now)
    for locale in LOCALES:
        assert "/approve" not in manager.get(f"/staff/releases?lang={locale}").get_data(as_text=True)
    page = second.get("/staff/releases").get_data(as_text=True)
    corpus_id = page.split('name="corpus_id" value="')[1].split('"')[0]
    approve = f"/staff/releases/{release_id}/approve"
    assert manager.post(approve, corpus_id=corpus_id).status_code == 409
    assert second.post(approve, corpus_id=corpus_id).status_code == 303
    assert house.staff("ml").get(f"{BASE}/").status_code == 200


def test_contributors_and_reviewers_cannot_download_or_build(published):
    reviewer = published.staff("reviewer")
    assert reviewer.get(f"{BASE}/").status_code == 200
    assert reviewer.get(f"{BASE}/bundles/core.tar").status_code == 404
    assert reviewer.get("/staff/releases").status_code == 404
    assert published.app.test_client().get(f"{BASE}/bundles/core.tar").status_code == 401
