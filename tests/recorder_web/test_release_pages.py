"""What ML teams read of releases, and how managers make them."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES, Messages
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, Job, Release, ReleaseItem, Segment
from speechcorpus.workflows.invites import invite_known_member
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_previews import preview_release
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.sign_in import invite_staff
from speechcorpus.workflows.views.build_progress import progress_of
from speechcorpus.workflows.views.sample_waves import BARS
from speechcorpus.workflows.views.staff_home import staff_home
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.recorder_web.released import CORPUS, corpus_id, draw_clips

BASE = f"/releases/{CORPUS}/1.0.1"
PREVIEW = {"corpus": CORPUS, "version": "1.1.0", "released_on": "2026-11-24", "formats": "parquet"}


@pytest.fixture
def reader(published):
    return published.staff("ml")


def text_of(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def played(page):
    return re.findall(r'data-play href="[^"]*/files/(audio/[^"]+)"', page)


def test_the_page_shows_sizes_digests_plots_and_how_to_fetch_in_every_language(published, reader):
    with published.store.catalogue.read() as session:
        summary = session.scalars(select(Release.summary).where(Release.version == "1.0.1")).one()
    for locale in LOCALES:
        page = text_of(reader, f"{BASE}/?lang={locale}")
        assert "curl -f -C - -O" in page
        assert "-H &#34;Authorization: Bearer $TOKEN&#34;" in page
        for name, facts in summary["bundles"].items():
            assert f"{BASE}/bundles/{name}.tar" in page
            assert facts["sha256"] in page
        assert f'src="{BASE}/files/plots/hours.svg"' in page
        assert f"{BASE}/deltas/1.0.0.tar" in page
        assert text_of(reader, f"/releases/?lang={locale}").index("1.0.1") < text_of(
            reader, f"/releases/?lang={locale}"
        ).index("1.0.0")


def test_an_older_version_says_so_and_leads_to_the_newest(reader):
    assert f'href="{BASE}/"' in text_of(reader, f"/releases/{CORPUS}/1.0.0/")
    assert "chip--ok" in text_of(reader, f"{BASE}/")


def test_a_corrected_transcript_is_told_among_the_changes(reader):
    page = text_of(reader, f"{BASE}/?lang=en")
    assert "Changes since 1.0.0" in page
    assert "1 transcripts" in page


def test_a_token_is_made_only_by_whoever_accepts_the_licence(published, reader):
    refused = reader.post(f"{BASE}/tokens")
    assert (refused.status_code, refused.location) == (303, f"{BASE}/?licence=missing#tokens")
    made = reader.post(f"{BASE}/tokens", licence="accepted").get_data(as_text=True)
    token = made.split('readonly value="')[1].split('"')[0]
    client = published.app.test_client()
    with client.get(f"{BASE}/files/VERSION", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.data == b"1.0.1\n"


def test_samples_are_filtered_and_every_clip_is_on_exactly_one_page(reader):
    everything = played(text_of(reader, f"{BASE}/samples"))
    splits = [played(text_of(reader, f"{BASE}/samples?split={split}")) for split in ("train", "dev", "test")]
    assert sorted(everything) == sorted(path for found in splits for path in found)
    assert all(path.startswith("audio/dev/") for path in splits[1])
    assert played(text_of(reader, f"{BASE}/samples?noise_band=high")) == []
    assert played(text_of(reader, f"{BASE}/samples?page=999999&draw=3")) != []
    assert played(text_of(reader, f"{BASE}/samples?page=x&split=<b>")) == []


def test_a_sample_plays_and_one_that_was_withdrawn_is_absent(published, reader):
    before = played(text_of(reader, f"{BASE}/samples"))
    with reader.get(f"{BASE}/files/{before[0]}") as answer:
        assert (answer.status_code, answer.data[:4]) == (200, b"fLaC")
    gone = before[0].rpartition("/")[2].removesuffix(".flac")
    with published.store.catalogue.read() as session:
        segment, owner = session.execute(
            select(Segment.id, Claim.contributor_id)
            .join(Claim, Claim.id == Segment.claim_id)
            .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
            .where(ReleaseItem.utt_id == gone)
        ).first()
    asked = Asked(scope="item", segment_id=segment)
    withdraw(published.store, Actor(role="contributor", id=owner), asked, now=published.now)
    after = played(text_of(reader, f"{BASE}/samples"))
    assert sorted([*after, before[0]]) == sorted(before)
    assert reader.get(f"{BASE}/files/{before[0]}").status_code == 410


def test_a_wave_form_of_each_sample_is_drawn_from_what_its_worker_drew(published, reader):
    draw_clips(published.store)
    page = text_of(reader, f"{BASE}/samples")
    waves = re.findall(r'<svg class="x-mini"[^>]*><path d="(M[^"]+)"', page)
    assert len(waves) == len(played(page)) > 10
    assert all(wave.count("M") == wave.count("v") == BARS for wave in waves)
    assert all(max(map(float, re.findall(r"v([\d.]+)", wave))) == 26 for wave in waves)  # its own peak
    assert len(set(waves)) > 10
    few = text_of(reader, f"{BASE}/")
    assert len(re.findall(r'<svg class="x-mini"', few)) == len(played(few)) == 4
    assert asked(published) == []
    for locale in LOCALES:
        page = text_of(reader, f"{BASE}/samples?lang={locale}")
        assert f'scope="col">{Messages.load(locale).t("release.samples.wave")}<' in page


def test_a_wave_form_that_is_not_drawn_is_asked_for_once_and_the_page_says_so(published, reader):
    for locale in (*LOCALES, "en"):
        page = text_of(reader, f"{BASE}/samples?lang={locale}")
        assert page.count(Messages.load(locale).t("release.samples.wave.none")) == len(played(page))
    assert len(asked(published)) == len(set(asked(published))) == len(played(page))
    assert "Not drawn yet" not in text_of(published.staff("reviewer"), f"{BASE}/samples?lang=en")


def asked(house):
    with house.store.catalogue.read() as session:
        jobs = session.scalars(select(Job.payload).where(Job.kind == "draw_item"))
        return [payload["segment_id"] for payload in jobs]


def test_reviewers_read_but_neither_hear_nor_fetch(published):
    draw_clips(published.store)
    page = text_of(published.staff("reviewer"), f"{BASE}/samples")
    assert played(page) == []
    assert "x-mini" not in page
    assert "/bundles/core.tar" not in text_of(published.staff("reviewer"), f"{BASE}/")


def test_a_version_is_planned_looked_at_built_and_approved_by_another_who_names_it(published):
    store, manager = published.store, published.sign_in(published.stage.manager)
    second = published.staff("manager")
    proposed = text_of(manager, f"/staff/releases?project={published.stage.project_id}")
    assert 'name="version" required pattern="\\d+\\.\\d+\\.\\d+" value="1.1.0"' in proposed
    form = {**PREVIEW, "project": published.stage.project_id, "rai.data_collection": "By hand."}
    assert manager.post("/staff/releases/plan", **form).status_code == 303
    with store.catalogue.read() as session:
        release = session.scalars(select(Release).where(Release.version == "1.1.0")).one()
    assert "data-under-way" in text_of(manager, "/staff/releases")
    assert manager.post(f"/staff/releases/{release.id}/build").status_code == 409  # not planned yet
    preview_release(store, release.id, now=published.now)
    for locale in LOCALES:
        looked = text_of(manager, f"/staff/releases?lang={locale}")
        assert f"/staff/releases/{release.id}/build" in looked
        assert "data-under-way" not in looked
    assert manager.post(f"/staff/releases/{release.id}/build").status_code == 303
    build_release(store, release.id, now=published.now)
    assert f"/staff/releases/{release.id}/approve" not in text_of(manager, "/staff/releases")
    name, approve = corpus_id(published, release.id), f"/staff/releases/{release.id}/approve"
    assert approve in text_of(second, "/staff/releases")
    assert manager.post(approve, corpus_id=name).status_code == 409
    assert second.post(approve, corpus_id="0" * 64).status_code == 409
    published.later(minutes=11)
    late = second.post(approve, corpus_id=name)
    assert (late.status_code, "release.sign-in" in late.text) == (403, True)
    second = published.sign_in(second.actor)
    assert second.post(approve, corpus_id=f" {name} ").status_code == 303
    assert published.staff("ml").get(f"/releases/{CORPUS}/1.1.0/").status_code == 200


def test_whoever_may_be_the_builder_is_told_who_can_approve_instead(published):
    store, manager = published.store, published.stage.manager
    wanted = {"project_id": published.stage.project_id, "corpus": CORPUS, "version": "1.1.0", "settings": {}}
    wanted |= {"released_on": "2026-11-24", "now": published.now, "by_worker": False}
    release_id = request_build(store, manager, **wanted)
    with store.catalogue.write() as session:
        session.get_one(Release, release_id).state = "built"
    approve = f"/staff/releases/{release_id}/approve"
    guest = published.sign_in(published.staff_actor("manager"), by_link_alone=True)
    assert approve in text_of(guest, "/staff/releases")
    assert waits_for(published, guest) == 1
    invite_known_member(store, manager, guest.actor.id, now=published.now)
    for locale in LOCALES:
        page = unescape(text_of(guest, f"/staff/releases?lang={locale}"))
        assert approve not in page
        assert Messages.load(locale).t("release.needs-stranger") in page
    assert waits_for(published, guest) == 0
    invite_staff(store, guest.actor.id, now=published.now)  # at the shell
    assert approve in text_of(guest, "/staff/releases")


def waits_for(house, browser) -> int:
    """How many releases the first page says that somebody is to approve."""
    home = staff_home(house.store, browser.actor, now=house.now)
    return next(each.count for each in (*home.waits, *home.clear) if each.key == "releases")


def test_a_plan_that_cannot_be_says_why_and_the_same_number_may_be_asked_again(published):
    manager = published.sign_in(published.stage.manager)
    form = {**PREVIEW, "project": published.stage.project_id, "max_duration_s": "0.4"}
    manager.post("/staff/releases/plan", **form)
    with published.store.catalogue.read() as session:
        release = session.scalars(select(Release).where(Release.version == "1.1.0")).one()
    preview_release(published.store, release.id, now=published.now)
    assert "release.too-few-speakers" in text_of(manager, "/staff/releases")
    assert manager.post("/staff/releases/plan", **{**form, "max_duration_s": "30"}).status_code == 303
    for said in ("long", "inf", "nan"):
        assert manager.post("/staff/releases/plan", **{**form, "max_duration_s": said}).status_code == 409


def test_progress_follows_the_journals_of_all_processes_and_ignores_a_line_half_written(published):
    store = published.store
    folder = store.data_dir / "releases" / ".staging" / "r1"
    assert progress_of(store, "r1", "building", 10).phase == "planning"
    folder.mkdir(parents=True)
    lines = [json.dumps({"path": f"audio/{n}.flac", "bytes": 1}) + "\n" for n in range(5)]
    (folder / "journal.jsonl").write_text("".join(lines[:2]))
    (folder / "journal-1.jsonl").write_text("".join(lines[2:]) + '{"path": "audio/5.f')
    found = progress_of(store, "r1", "building", 10)
    assert (found.phase, found.files, found.path) == ("writing", 5, "audio/4.flac")
    assert 0 < found.share < 1
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write(json.dumps({"path": "SHA256SUMS"}) + "\n")
    assert progress_of(store, "r1", "building", 10).phase == "checking"
