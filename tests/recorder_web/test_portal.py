"""The portal: pages for people, bytes for programs, over real HTTP."""

import base64
import hashlib
import io
import json
import tarfile
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from waitress import wasyncore
from waitress.server import create_server

from recorder_web.api.pace import Pace
from recorder_web.app import create_app
from recorder_web.strangers import PAGES_PER_S, TRIES_PER_S
from speechcorpus.domain.actor import Actor
from speechcorpus.publish.bundles import listing
from speechcorpus.store.models import AccessToken, Audit, Claim, Clip, Release, ReleaseItem, Segment
from speechcorpus.workflows.download_tokens import create_token, revoke_token, tokens_of
from speechcorpus.workflows.downloads import held_by
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.recorder_web.released import CORPUS, member_of_ml

BASE = f"/releases/{CORPUS}/1.0.0"


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
    actor = member_of_ml(published)
    return actor, create_token(published.store, actor, CORPUS, now=published.now)


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
    listed = json.loads(get(f"{server}/releases/index.json", token)[2])["releases"]
    assert [(each["version"], each["state"]) for each in listed] == [
        ("1.0.1", "published"),
        ("1.0.0", "superseded"),
    ]
    release = json.loads(get(f"{server}{BASE}/index.json", token)[2])
    files = {}
    for name, stated in release["bundles"].items():
        status, headers, body = get(f"{server}{BASE}/bundles/{name}.tar", token)
        assert status == 200
        assert (len(body), hashlib.sha256(body).hexdigest()) == (stated["bytes"], stated["sha256"])
        assert headers["ETag"] == f'"sha256-{stated["sha256"]}"'
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        assert headers["Repr-Digest"] == f"sha-256=:{digest}:"
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            found = {member.name: tar.extractfile(member).read() for member in tar}
        roots = {path.partition("/")[0] for path in found}
        assert roots == {"test-corpus-1.0.0-extra" if name == "extra" else "test-corpus-1.0.0"}
        files |= {path.partition("/")[2]: data for path, data in found.items() if name != "extra"}
    assert set(files) == set(release["files"])
    sums = [(path, hashlib.sha256(data).hexdigest()) for path, data in files.items()]
    sums = [pair for pair in sums if not pair[0].startswith("SHA256SUMS")]
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
    more = get(address, token, Range=f"bytes=-{len(whole) + 1}")  # than there is: all of it
    assert more[::2] == (206, whole)
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
    assert get(address, token, If_None_Match=f"W/{headers['ETag']}")[0] == 304
    assert get(address, token, If_Match='"sha256-other"')[0] == 412
    status, found, body = get(address, token, method="HEAD", Range="bytes=5-")
    assert (status, found["Content-Length"], body) == (200, str(len(whole)), b"")
    assert found["Accept-Ranges"] == "bytes"
    assert found["Cache-Control"] == "private, immutable, no-transform"


def test_a_revoked_token_stops_the_next_request(published, server, reader):
    actor, token = reader
    address = f"{server}{BASE}/files/VERSION"
    assert get(address, token)[::2] == (200, b"1.0.0\n")
    (known,) = tokens_of(published.store, actor, CORPUS, now=published.now)
    revoke_token(published.store, actor, known.id, now=published.now)
    status, _, said = get(address, token)
    assert (status, json.loads(said)["code"]) == (401, "auth.expired")
    assert get(address, "not-a-token")[0] == 401


def test_a_token_ends_after_ninety_days_and_opens_its_own_corpus_only(published, server, reader):
    actor, token = reader
    foreign = create_token(published.store, actor, "another-corpus", now=published.now)
    assert get(f"{server}{BASE}/files/VERSION", foreign)[0] == 401
    published.later(days=90, seconds=1)
    assert get(f"{server}{BASE}/files/VERSION", token)[0] == 401


def test_nothing_outside_the_release_is_served(server, reader):
    _, token = reader
    outside = ("files/..%2f..%2fcatalogue.sqlite", "files/nothing.txt", "bundles/shar.tar", "deltas/0.9.tar")
    for path in outside:
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
            .where(ReleaseItem.split != "extra")
        ).first()
        manifest = session.scalars(select(Release.manifest).where(Release.version == "1.0.0")).one()
    path, entry = next((path, e) for path, e in manifest.items() if e["sha256"] == clip.blob_sha256)
    address, bundle = f"{server}{BASE}/files/{path}", f"{server}{BASE}/bundles/{entry['bundle']}.tar"
    assert get(address, reader[1])[0] == 200
    asked = Asked(scope="item", segment_id=clip.segment_id)
    withdraw(store, Actor(role="contributor", id=owner), asked, now=published.now)
    look_after_withdrawals(store, now=later)
    assert (get(address, reader[1])[0], get(bundle, reader[1])[0]) == (410, 410)
    assert get(f"{server}/releases/{CORPUS}/1.0.1/deltas/1.0.0.tar", reader[1])[0] == 410
    page = published.sign_in(reader[0]).get(f"{BASE}/").get_data(as_text=True)
    assert "apply-withdrawals DIR --feed withdrawals.jsonl" in page
    assert f"{BASE}/bundles/core.tar" not in page
    assert clip.segment_id not in page
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


def test_contributors_and_reviewers_cannot_download_or_build(published):
    reviewer = published.staff("reviewer")
    assert reviewer.get(f"{BASE}/").status_code == 200
    assert reviewer.get(f"{BASE}/bundles/core.tar").status_code == 404
    assert reviewer.get("/staff/releases").status_code == 404
    assert published.app.test_client().get(f"{BASE}/bundles/core.tar").status_code == 401


def test_a_delta_is_served_under_the_digest_that_the_index_names(server, reader):
    newer = f"{server}/releases/{CORPUS}/1.0.1"
    (stated,) = json.loads(get(f"{newer}/index.json", reader[1])[2])["deltas"].values()
    status, headers, body = get(f"{server}{stated['href']}", reader[1])
    assert (status, hashlib.sha256(body).hexdigest(), len(body)) == (200, stated["sha256"], stated["bytes"])
    assert headers["ETag"] == f'"sha256-{stated["sha256"]}"'


def test_the_keys_are_for_everybody_and_one_of_them_has_signed(published, server):
    (key,) = json.loads(get(f"{server}/releases/keys.json", "")[2])["keys"]
    page = published.staff("ml").get(f"{BASE}/").get_data(as_text=True)
    assert key["fingerprint"] in page


def test_a_token_made_under_another_licence_text_does_not_open_this_version(published, server, reader):
    with published.store.catalogue.write() as session:
        session.execute(update(AccessToken).values(licence_sha256="0" * 64))
    status, _, said = get(f"{server}{BASE}/bundles/core.tar", reader[1])
    assert (status, json.loads(said)["code"]) == (403, "release.licence")


def test_what_was_fetched_is_remembered_once_however_often_it_is_resumed(published, server, reader):
    actor, token = reader
    for start in (0, 100, 0):
        get(f"{server}{BASE}/bundles/core.tar", token, Range=f"bytes={start}-")
    get(f"{server}{BASE}/files/plots/hours.svg", token)
    (held,) = held_by(published.store, actor, CORPUS)
    assert (held.version, held.parts, held.withdrawn_clips) == ("1.0.0", ["bundle:core"], 0)
    with published.store.catalogue.read() as session:
        fetched = select(Audit).where(Audit.action == "release.downloaded")
        assert len(session.scalars(fetched).all()) == 1


def test_a_proxy_that_reads_the_blobs_is_told_which_one(published, reader):
    settings = replace(published.app.extensions["speechcorpus.settings"], accel_prefix="/_blobs/")
    client = create_app(settings, store=published.store).test_client()
    with client.get(f"{BASE}/files/VERSION", headers={"Authorization": f"Bearer {reader[1]}"}) as answer:
        sha256 = hashlib.sha256(b"1.0.0\n").hexdigest()
        assert answer.headers["X-Accel-Redirect"] == f"/_blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        assert (answer.status_code, answer.data) == (200, b"")


@pytest.fixture
def still(published):
    """That house, in which no time passes for whoever is counted."""
    for name, per_s in {"strangers": PAGES_PER_S, "tries": TRIES_PER_S}.items():
        published.app.extensions[f"speechcorpus.pace.{name}"] = Pace(per_s=per_s, clock=lambda: 0.0)
    return published


def code_of(house, token, path):
    """Status and code for a program, without a socket."""
    with house.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status_code, (answer.json or {}).get("code")


@pytest.mark.parametrize("path", [f"{BASE}/index.json", "/releases/index.json"])
def test_tokens_that_let_nobody_in_are_counted_and_a_good_one_is_not_held_up(still, reader, path):
    tried = [code_of(still, f"t{n}", path) for n in range(3 * TRIES_PER_S)]
    assert tried == [(401, "auth.expired")] * 2 * TRIES_PER_S + [(429, "quota.rate")] * TRIES_PER_S
    assert {code_of(still, reader[1], path) for _ in range(2 * PAGES_PER_S + 1)} == {(200, None)}


def test_a_token_sees_its_own_corpus_among_many_and_that_is_no_try(still, reader):
    with still.store.catalogue.write() as session:
        one, columns = session.scalars(select(Release)).first(), Release.__table__.columns.keys()
        kept = {name: getattr(one, name) for name in columns if name not in ("id", "corpus")}
        others = range(2 * TRIES_PER_S + 1)
        session.add_all(Release(**kept, id=f"r{n}", corpus=f"another-{n}") for n in others)
    assert code_of(still, reader[1], "/releases/index.json") == (200, None)
    assert code_of(still, "unknown", f"{BASE}/index.json") == (401, "auth.expired")
