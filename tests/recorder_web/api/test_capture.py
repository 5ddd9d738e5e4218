"""The capture protocol of recorder.md §7 over HTTP, honest browsers and lying ones."""

import json
from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from recorder_web.api.pace import Pace
from recorder_web.api.routes import REQUESTS_PER_S
from speechcorpus.store.models import Audit, Chunk, Segment, Sitting, Take
from speechcorpus.workflows.claims import claim_task
from tests.recorder_web.house import Browser, House
from tests.stage import RATE_HZ, Recorder, SentTake, digest_header, sha256, spoken, voice, work_off

SIX_S = voice(6)
OCTETS = "application/octet-stream"


@dataclass(kw_only=True)
class Api:
    """A browser that speaks the capture protocol."""

    browser: Browser
    house: House
    recorder: Recorder

    def ask(self, method: str, path: str, body: object = None, **said: object):
        if body is not None:
            said = {"data": json.dumps(body), "content_type": "application/json", **said}
        headers = {"X-CSRF-Token": self.browser.csrf, **said.pop("headers", {})}
        return self.browser.client.open(f"/api/v1{path}", method=method, headers=headers, **said)

    def open(self, **changes: object):
        return self.ask("PUT", f"/sittings/{self.recorder.sitting}", self.recorder.sitting_body(**changes))

    def take(self, pcm: bytes = SIX_S, prompt: str = "p0") -> SentTake:
        take = SentTake(
            recorder=self.recorder, pcm=pcm, prompt=prompt, track="main", sequence=next(self.recorder.numbers)
        )
        assert self.ask("PUT", f"/takes/{take.id}", take.body()).status_code == 201
        return take

    def send(self, take: SentTake, index: int, data: bytes | None = None, **headers: str):
        data = take.chunk(index) if data is None else data
        said = {
            "Content-Digest": digest_header(data),
            "Speechcorpus-First-Sample": str(index * 5 * RATE_HZ),
            "Speechcorpus-Frames": str(len(data) // 2),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        kind = said.pop("Content-Type", OCTETS)
        path = f"/takes/{take.id}/chunks/{index}"
        return self.ask("PUT", path, data=data, content_type=kind, headers=said)

    def finish(self, take: SentTake, **changes: object):
        self.house.later(minutes=10)
        return self.ask("POST", f"/takes/{take.id}/finish", take.manifest(**changes))

    def stored(self, pcm: bytes = SIX_S, prompt: str = "p0") -> SentTake:
        take = self.take(pcm, prompt)
        for index in range(take.chunk_count):
            assert self.send(take, index).status_code == 201
        assert self.finish(take).status_code == 200
        return take


def visitor(house: House, actor) -> Api:
    return Api(
        browser=house.sign_in(actor),
        house=house,
        recorder=Recorder(stage=house.stage, actor=actor, claim=None),
    )


@pytest.fixture
def api(house: House) -> Api:
    """A contributor with a claim and an open sitting."""
    actor = house.stage.contributor()
    api = visitor(house, actor)
    api.recorder.claim = claim_task(house.store, actor, house.stage.tasks()[0], now=house.now)
    assert api.open().status_code == 201
    return api


def count(house: House, table) -> int:
    with house.store.catalogue.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def refused(answer, status: int, code: str) -> dict:
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "facts", "safe", "retry_after_s"}
    return body


def test_a_take_goes_up_chunk_by_chunk_and_comes_back_whole(api):
    take = api.take()
    first = api.send(take, 0)
    assert (first.status_code, first.get_json()["sha256"]) == (201, sha256(take.chunk(0)))
    assert set(first.get_json()) == {"index", "sha256", "received_at"}
    assert api.send(take, 0).status_code == 200
    refused(api.finish(take), 409, "take.incomplete")
    api.send(take, 1)
    hashes = {"0": sha256(take.chunk(0)), "1": sha256(take.chunk(1))}
    assert api.ask("GET", f"/takes/{take.id}/chunks").get_json() == {"state": "receiving", "chunks": hashes}
    done = api.finish(take)
    assert (done.status_code, done.get_json()["state"]) == (200, "stored")
    assert done.get_json()["take_sha256"] == sha256(take.master)
    assert done.get_json()["receipt"]["items"][0]["blob_sha256"] == sha256(take.master)
    assert api.finish(take).get_json() == done.get_json()
    assert api.ask("GET", f"/takes/{take.id}/audio").data == take.master


@pytest.mark.parametrize("again", ["sitting", "take"])
def test_a_registration_may_be_repeated_but_not_changed(api, again):
    take = api.take()
    if again == "sitting":
        assert api.open().status_code == 200
        refused(api.open(device={}), 409, "id.conflict")
    else:
        assert api.ask("PUT", f"/takes/{take.id}", take.body()).status_code == 200
        refused(api.ask("PUT", f"/takes/{take.id}", take.body(sequence=5)), 409, "id.conflict")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content_Digest": ""}, 422, "chunk.hash"),
        ({"Content_Digest": "sha-256=:AAAA:"}, 422, "chunk.hash"),
        ({"Content_Digest": "sha-256=:" + "A" * 43 + "=:"}, 422, "chunk.hash"),
        ({"Speechcorpus_Frames": "79999"}, 422, "chunk.length"),
        ({"Speechcorpus_Frames": "-1"}, 422, "chunk.length"),
        ({"Speechcorpus_Frames": ""}, 422, "chunk.length"),
        ({"Speechcorpus_First_Sample": "1"}, 422, "chunk.length"),
        ({"Content_Encoding": "gzip"}, 415, "request.wrong-type"),
        ({"Content_Type": "audio/L16"}, 415, "request.wrong-type"),
    ],
)
def test_a_chunk_with_a_lying_header_leaves_nothing_behind(api, headers, status, code):
    take = api.take()
    refused(api.send(take, 0, **headers), status, code)
    assert count(api.house, Chunk) == 0
    assert api.house.store.incoming.take_ids() == []


def test_a_chunk_beyond_4_mib_is_refused_by_its_length(api):
    refused(api.send(api.take(), 0, bytes(4 * 2**20 + 2)), 413, "request.too-large")


def test_a_chunk_without_a_length_is_refused(api):
    take = api.take()
    answer = api.ask(
        "PUT",
        f"/takes/{take.id}/chunks/0",
        content_type=OCTETS,
        headers={"Content-Digest": digest_header(b"")},
        environ_overrides={"CONTENT_LENGTH": ""},
    )
    refused(answer, 411, "request.length-required")


def test_a_cut_body_is_counted_and_refused(api):
    take = api.take()
    answer = api.ask(
        "PUT",
        f"/takes/{take.id}/chunks/1",
        data=take.chunk(1)[:-2],
        content_type=OCTETS,
        headers={
            "Content-Digest": digest_header(take.chunk(1)),
            "Speechcorpus-First-Sample": "80000",
            "Speechcorpus-Frames": "16000",
        },
        environ_overrides={"CONTENT_LENGTH": "32000"},
    )
    assert refused(answer, 400, "chunk.truncated")["facts"] == {"received": 31_998, "announced": 32_000}
    assert count(api.house, Chunk) == 0


def test_other_bytes_at_a_known_index_are_a_conflict(api):
    take = api.take()
    api.send(take, 1)
    body = refused(api.send(take, 1, voice(1, seed=8)), 409, "chunk.conflict")
    assert body["safe"] == "kept"
    with api.house.store.catalogue.read() as session:
        assert "chunk.conflict" in session.scalars(select(Audit.action)).all()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "request.json"),
        (b"\xff", 400, "request.json"),
        (b"[]", 422, "request.field"),
        (b'{"claim": 1, "claim": 1}', 422, "canonical.duplicate-key"),
        (b'{"band": 0.5}', 422, "canonical.float"),
        (b"{}", 422, "request.field"),
    ],
)
def test_json_that_is_not_as_agreed_is_named(api, body, status, code):
    path = f"/sittings/{uuid4()}"
    refused(api.ask("PUT", path, data=body, content_type="application/json"), status, code)
    refused(api.ask("PUT", path, data=b"{}", content_type="text/plain"), 415, "request.wrong-type")
    assert count(api.house, Sitting) == 1


def test_letters_in_two_pieces_are_composed_at_the_edge(api):
    body = api.recorder.sitting_body(device={"label": "e\u0301"}, started_offline=True)
    assert (
        api.ask("PUT", f"/sittings/{uuid4()}", body, data=json.dumps(body, ensure_ascii=False)).status_code
        == 201
    )
    with api.house.store.catalogue.read() as session:
        assert {"label": "\u00e9"} in session.scalars(select(Sitting.device)).all()


def test_nobody_reaches_what_belongs_to_somebody_else(api):
    take = api.stored()
    with api.house.store.catalogue.read() as session:
        segment = session.scalars(select(Segment.id)).one()
    stranger = visitor(api.house, api.house.stage.contributor())
    sitting = f"/sittings/{api.recorder.sitting}"
    asked = [
        stranger.ask("GET", f"/takes/{take.id}"),
        stranger.ask("GET", f"/takes/{take.id}/chunks"),
        stranger.ask("GET", f"/takes/{take.id}/audio"),
        stranger.ask("PUT", f"/takes/{take.id}", take.body()),
        stranger.send(take, 0),
        stranger.ask("POST", f"/takes/{take.id}/finish", take.manifest()),
        stranger.ask("GET", sitting),
        stranger.ask("PUT", sitting, api.recorder.sitting_body()),
        stranger.ask("POST", f"{sitting}/heartbeat", {"elapsed": 1, "unsent_bytes": 0, "state": "open"}),
        stranger.ask("POST", f"{sitting}/close", {"takes": {}}),
        stranger.ask("GET", f"/segments/{segment}/audio"),
        stranger.ask("POST", f"/segments/{segment}/check", {"text": "好。", "sequence": 1}),
        stranger.ask("PUT", f"/segments/{segment}/transcript", {"text": "好。", "base_revision": 0}),
        stranger.ask("PUT", f"/sittings/{uuid4()}", api.recorder.sitting_body()),
    ]
    for answer in asked:
        refused(answer, 404, "not-found")


def test_without_a_sign_in_or_its_token_nothing_is_taken(api):
    take = api.take()
    stranger = api.house.app.test_client()
    refused(stranger.get(f"/api/v1/takes/{take.id}"), 401, "auth.expired")
    api.browser.csrf = "guess"
    refused(api.send(take, 0), 403, "auth.csrf")
    staff = visitor(api.house, api.house.stage.reviewer())
    refused(staff.ask("GET", f"/takes/{take.id}"), 401, "auth.expired")
    assert count(api.house, Chunk) == 0


def test_the_server_tells_its_time(api):
    assert api.ask("GET", "/time").get_json() == {"server_ms": int(api.house.now.timestamp() * 1000)}


def test_a_sitting_beats_shows_its_takes_and_closes(api):
    take = api.stored()
    path = f"/sittings/{api.recorder.sitting}"
    beat = api.ask(
        "POST", f"{path}/heartbeat", {"elapsed": 30, "unsent_bytes": 0, "state": "paused"}
    ).get_json()
    assert set(beat) == {"lease_until", "server_ms", "counted_s", "quota_s"}
    assert (beat["counted_s"], beat["quota_s"]) == (6, 43_200)
    shown = api.ask("GET", path).get_json()
    assert (shown["state"], shown["takes"]) == (
        "paused",
        [{"take": take.id, "track": "main", "state": "stored", "take_sha256": sha256(take.master)}],
    )
    refused(api.ask("POST", f"{path}/close", {"takes": {take.id: "0" * 64}}), 409, "sitting.incomplete")
    closed = api.ask("POST", f"{path}/close", {"takes": {take.id: sha256(take.master)}})
    assert closed.get_json() == {"state": "closed"}


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=40-", 40, None), ("bytes=-7", -7, None), ("bytes=40-99999999", 40, None)],
)
def test_a_player_gets_the_part_it_asks_for(api, asked, start, stop):
    take = api.stored()
    answer = api.ask("GET", f"/takes/{take.id}/audio", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, take.master[start:stop])
    first = start % len(take.master)
    assert (
        answer.headers["Content-Range"] == f"bytes {first}-{first + len(answer.data) - 1}/{len(take.master)}"
    )


def test_a_part_behind_the_end_is_refused_and_another_version_starts_anew(api):
    take = api.stored()
    path = f"/takes/{take.id}/audio"
    beyond = api.ask("GET", path, headers={"Range": f"bytes={len(take.master)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(take.master)}")
    other = api.ask("GET", path, headers={"Range": "bytes=9-", "If-Range": '"other"'})
    assert (other.status_code, other.data) == (200, take.master)
    same = api.ask("GET", path, headers={"Range": "bytes=9-", "If-Range": other.headers["ETag"]})
    assert (same.status_code, same.data) == (206, take.master[9:])


def test_sound_that_is_erased_is_not_found_rather_than_begun_and_cut_off(api):
    take = api.stored()
    item = api.ask("GET", f"/takes/{take.id}").get_json()["items"][0]["segment"]
    paths = (f"/segments/{item}/audio", f"/takes/{take.id}/audio")
    assert [api.ask("GET", path).status_code for path in paths] == [200, 200]
    api.house.store.blobs.remove(sha256(take.master))
    for path in paths:
        refused(api.ask("GET", path), 404, "not-found")


def test_the_chips_come_with_sentences_and_the_editor_saves(api, shared):
    take = api.stored(spoken(shared))
    item = api.ask("GET", f"/takes/{take.id}").get_json()["items"][0]
    assert (item["measured"], item["verdict"], item["noise_laeq_dbfs"]) == (False, None, None)
    work_off(api.house.stage, at=api.house.now)
    shown = api.ask("GET", f"/takes/{take.id}").get_json()
    assert (shown["state"], shown["frames"], shown["take_sha256"]) == (
        "stored",
        take.frames,
        sha256(take.master),
    )
    item = shown["items"][0]
    assert set(item) == {
        "segment",
        "prompt_id",
        "chosen",
        "measured",
        "noise_laeq_dbfs",
        "noise_laeq_dba",
        "duration_s",
        "verdict",
    }
    assert (item["measured"], item["chosen"], item["noise_laeq_dba"]) == (True, True, None)
    assert item["verdict"]["outcome"] == "accepted"
    flag = next(f for f in item["verdict"]["findings"] if f["code"] == "noise.uncalibrated")
    assert (flag["severity"], flag["limit"], flag["unit"]) == ("flag", "3", "dB")
    assert "校正" in flag["sentence"]
    segment = f"/segments/{item['segment']}"
    assert api.ask("GET", f"{segment}/audio").data[44:] == take.pcm[: take.frames * 2]
    found = api.ask("POST", f"{segment}/check", {"text": "好,", "sequence": 1}).get_json()["violations"]
    assert "PUN-HALF" in [violation["rule"] for violation in found]
    saved = api.ask("PUT", f"{segment}/transcript", {"text": "好,", "base_revision": 0}).get_json()
    assert (saved["revision"], saved["verdict"]["outcome"]) == (1, "repairable")
    stale = api.ask("PUT", f"{segment}/transcript", {"text": "好。", "base_revision": 0})
    refused(stale, 409, "transcript.revision-conflict")
    saved = api.ask("PUT", f"{segment}/transcript", {"text": "今仔日好。", "base_revision": 1}).get_json()
    assert (saved["revision"], saved["violations"], saved["verdict"]["outcome"]) == (2, [], "accepted")


def test_a_hurried_browser_is_asked_to_wait_a_second(api):
    in_no_time = Pace(per_s=REQUESTS_PER_S, clock=lambda: 0.0)  # however slow this machine is just now
    api.browser.client.application.extensions["speechcorpus.pace"] = in_no_time
    answers = [api.ask("GET", f"/takes/{uuid4()}") for _ in range(2 * REQUESTS_PER_S + 1)]
    hurried = [answer for answer in answers if answer.status_code == 429]
    assert len(hurried) == 1
    assert refused(hurried[0], 429, "quota.rate")["retry_after_s"] == 1


def test_an_id_that_is_no_uuid_is_not_found(api):
    refused(api.ask("GET", "/takes/..%2f..%2fetc"), 404, "not-found")
    refused(api.ask("PUT", "/takes/42", {}), 404, "not-found")
    assert count(api.house, Take) == 0


def test_a_speaker_is_told_where_the_samples_do_not_bear_out_the_claims(api):
    take = api.take(voice(2))
    api.send(take, 0)
    lost = {**take.manifest()["capture"], "delivered": take.frames + 480}
    assert api.finish(take, capture=lost).status_code == 200
    told = api.ask("GET", f"/takes/{take.id}?lang=en").get_json()["believed"]
    assert [(row["row"], row["says"], row["code"]) for row in told] == [
        ("counts", "ours", "platform.capture-overrun")
    ]
    assert told[0]["measured"] == "32000 (−480)"
    assert told[0]["key"] == "believed.say.ours"
    assert "paid" in told[0]["sentence"]


def test_a_take_whose_rate_cannot_be_true_is_shown_as_waiting(api):
    take = api.take(voice(2))
    api.send(take, 0)
    windows = [{"sample": 100 * n, "count": 9, "p5_us": str(9000 * n)} for n in range(8)]
    assert api.finish(take, clock={"windows": windows, "exchanges": []}).status_code == 200
    answer = api.ask("GET", f"/takes/{take.id}").get_json()
    assert (answer["state"], answer["items"]) == ("stored", [])
    assert [(row["row"], row["says"]) for row in answer["believed"]] == [("rate", "held")]
    assert api.ask("GET", f"/takes/{take.id}/audio").data == take.master
