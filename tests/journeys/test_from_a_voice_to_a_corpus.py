"""The main story: a person records in the browser, and an ML team loads what was said.

The microphone is a file with speech in a known room; at the end the released audio is found in that file.
"""

import json
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import soxr
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from speechcorpus.domain.actor import Actor
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.publish.bundles import BUNDLES
from speechcorpus.publish.consumers import CONSUMERS, why_absent
from speechcorpus.store.models import Job, Review, Staff
from speechcorpus.store.store import open_store
from speechcorpus.workflows.demo_voice import speaker, voices_available
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.projects import import_prompts, make_tasks
from tests.rig.browser import browser
from tests.rig.noise import RATE_HZ, write_source
from tests.rig.passkeys import prove
from tests.rig.recorder import RecorderPage
from tests.rig.server import serving
from tests.rig.speaking import VOICE, record_prompt, spoken_loop

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not voices_available(), reason="no synthetic voice: espeakng-loader is missing"),
]

PROMPTS = {
    "story-1": "今天的風很大，出門記得帶外套。",
    "story-2": "我想把這杯茶放涼一點再喝。",
    "story-3": "等雨停了，我們再去市場買菜。",
}
CORPUS, VERSION = "mandarin-noise-demo", "1.1.0"


def test_what_is_spoken_in_the_browser_is_found_in_the_release(
    tmp_path: Path, shared_or_none: Path | None
) -> None:
    data, microphone = tmp_path / "data", tmp_path / "microphone.wav"
    source = _microphone(microphone, shared_or_none)
    links = _demo(data)
    with serving(data) as address:
        with _person(tmp_path, address, links["contributor"][0], microphone) as page:
            _consent(page, address)
            claim = _claim(page, address)
            _record(page, address, claim)
            _transcribe(page, address, claim)
            _submit(page, address)
        with _person(tmp_path, address, links["reviewer"][0]) as page:
            _accept_everything(page, address, data)  # those that the draw of the sample sends to a listener
        _let_second_opinions_lapse(data)
        with _person(tmp_path, address, links["manager"][0]) as page:
            _build(page, address)
        with _person(tmp_path, address, links["manager"][1]) as page:
            _approve(page, address)
        with _person(tmp_path, address, links["ml"][0]) as page:
            token = _token(page, address)
        tree = _download(address, token, tmp_path)

    assert _verify(tree) == 0
    spoken = [row for row in _table(tree) if row["source_kind"] == "human"]
    assert {row["text"] for row in spoken} == set(PROMPTS.values())
    for row in spoken:
        assert row["noise_band"] == "low"
        assert row["capture_path"] == "mstp"
        clip, rate_hz = sf.read(tree / row["audio_path"])
        assert rate_hz == 16_000
        assert _unexplained_db(clip, source) < -50.0
        assert _unexplained_db(clip, source[::-1]) > -10.0  # the measure tells another sound from this one


@pytest.fixture
def shared_or_none(request: pytest.FixtureRequest) -> Path | None:
    """The shared folder when it is there; the story is told with a synthetic voice without it."""
    try:
        folder: Path = request.getfixturevalue("shared")
    except pytest.skip.Exception:
        return None
    return folder


def _microphone(path: Path, shared: Path | None) -> FloatArray:
    """Write a loop of a spoken sentence and quiet room, and return it as the fake device plays it."""
    if shared is None:
        speech = speaker().say("今天的風很大，出門記得帶外套。", VOICE, rate_hz=RATE_HZ)
    else:
        recorded, rate_hz = sf.read(shared / "audio" / "speech" / "FunASR_mid.flac")
        speech = soxr.resample(recorded, rate_hz, RATE_HZ, quality="VHQ")
    codes = spoken_loop(speech)
    write_source(path, codes)
    return codes / 32768


def _demo(data: Path) -> dict[str, list[str]]:
    """Fill the demo, add three prompts of our own, and return the sign-in paths by role."""
    command = [sys.executable, "-m", "speechcorpus.cli", "demo", "--data", str(data), "--fill-only", "--json"]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    links: dict[str, list[str]] = {}
    for row in map(json.loads, made.stdout.splitlines()):
        links.setdefault(row["role"], []).append(f"{row['path']}#{row['token']}")
    store = open_store(data, None)
    with store.catalogue.read() as session:
        manager = Actor(role="manager", id=session.query(Staff).filter_by(role="manager").first().id)  # type: ignore[union-attr]
    rows = [
        {"id": name, "kind": "read", "variety": "cmn-TW", "text": text, "reading": None, "licence": "CC0-1.0"}
        for name, text in PROMPTS.items()
    ]
    import_prompts(store, manager, "mandarin-noise", rows, datetime.now(UTC))
    make_tasks(store, manager, "mandarin-noise", items_per_task=len(PROMPTS), now=datetime.now(UTC))
    store.catalogue.close()
    return links


@contextmanager
def _person(folder: Path, address: str, link: str, microphone: Path | None = None) -> Iterator[Page]:
    """Open a browser of one's own and come in by the link."""
    with browser(folder / f"profile-{link[-8:]}", microphone) as context:
        page = context.pages[0]
        page.goto(address + link)
        page.locator("#join").click()
        page.wait_for_url(re.compile("/(home|staff/|releases)(?!.*join)"))
        yield page


def _consent(page: Page, address: str) -> None:
    page.goto(f"{address}/consent?project=mandarin-noise")
    for purpose in ("record", "human_review", "release"):
        page.locator(f'input[name="purpose"][value="{purpose}"]').check()
    page.locator("form button.btn--primary").last.click()
    page.wait_for_url(f"{address}/home")


def _claim(page: Page, address: str) -> str:
    """Take the low-band task that holds our three prompts."""
    page.locator(f'form[data-items="{len(PROMPTS)}"][data-band="low"] button').click()
    page.wait_for_url(re.compile("/record/"))
    page.goto(f"{address}/home")
    href = page.locator('a[href^="/record/"]').first.get_attribute("href") or ""
    return href.rsplit("/", 1)[-1]


def _record(page: Page, address: str, claim: str) -> None:
    page.goto(f"{address}/record/{claim}")
    hands = RecorderPage(page=page, contributor="")
    hands.switch_on()
    takes = 1
    for number in range(len(PROMPTS)):
        takes += record_prompt(hands, tail_s=0.7, passes=("flag",))  # uncalibrated: it passes, with a remark
        if number + 1 < len(PROMPTS):
            hands.next()
    hands.all_safe(takes)


def _transcribe(page: Page, address: str, claim: str) -> None:
    """Say of two that they were read as written; type the third with a half-width comma and mend it."""
    page.goto(f"{address}/transcribe/{claim}")
    for number, text in enumerate(PROMPTS.values()):
        segment = page.locator("[data-segment]").nth(number)
        if segment.get_attribute("aria-current") is None:
            segment.locator(".segs__open").click()
            expect(segment).to_have_attribute("aria-current", "true")
        if number < 2:
            page.locator("#use-prompt").click()
        else:
            page.locator("#text").fill(text.replace("，", ","))
            page.locator("#fix-safe").click()
        expect(page.locator("#text")).to_have_value(text)
        page.locator('[aria-current="true"][data-saving="saved"]').wait_for()


def _submit(page: Page, address: str) -> None:
    page.goto(f"{address}/work")
    page.locator('form[action$="/submit"] button').click()
    page.wait_for_load_state()


def _accept_everything(page: Page, address: str, data: Path) -> None:
    """Take clip after clip from the queue and accept each."""
    for _ in range(60):
        page.goto(f"{address}/staff/queue")
        first = page.locator("button[accesskey=n]")
        if first.count() == 0:
            return
        first.click()
        page.wait_for_url(re.compile("/staff/review/"))
        review = page.url.rsplit("/", 1)[1]
        _listen(data, review)
        page.locator("form#accept button").click()
        page.locator("#next").click()  # held back until the next one opens
        page.wait_for_url(lambda url, here=review: here not in url)
    raise AssertionError("the queue never ends")


def _listen(data: Path, review_id: str) -> None:
    """Let a minute pass since a clip was taken: nobody decides faster than they listen."""
    store = open_store(data, None)
    with store.catalogue.write() as session:
        session.get_one(Review, review_id).taken_at = datetime.now(UTC) - timedelta(minutes=1)
    store.catalogue.close()


def _let_second_opinions_lapse(data: Path) -> None:
    """One item in ten is heard twice, by chance; whoever is asked lets four days pass, which accepts it."""
    store, now = open_store(data, None), datetime.now(UTC)
    with store.catalogue.write() as session:
        for review in session.scalars(select(Review).where(Review.state == "queued")):
            review.created_at -= timedelta(days=4)
    lapse_reviews(store, now=now)
    waiting = select(func.count()).where(Job.kind == "cut_clip", Job.state.in_(("queued", "running")))
    for _ in range(240):
        with store.catalogue.read() as session:
            if not session.scalar(waiting):
                break
        time.sleep(0.25)
    store.catalogue.close()


def _build(page: Page, address: str) -> None:
    """Ask for a plan, look at it as soon as the page shows it, and let it be built."""
    page.goto(f"{address}/staff/releases?project=mandarin-noise")
    form = page.locator('form[action="/staff/releases/plan"]')
    form.locator("[name=corpus]").fill(CORPUS)
    form.locator("[name=title]").fill("一個人說的三句話，和合成語音")
    form.locator("[name=version]").fill(VERSION)
    form.locator("[name=include_synthetic]").check()
    form.locator("button.btn--primary").click()
    page.locator('form[action$="/build"] button').click()  # it comes without loading the page anew
    page.wait_for_load_state()


def _approve(page: Page, address: str) -> None:
    prove(page, address)
    approve = page.locator('form[action$="/approve"] button')
    for _ in range(60):
        page.goto(f"{address}/staff/releases")
        if approve.count():
            break
        page.wait_for_timeout(1_000)
    card = page.locator("[data-build]", has=approve)
    card.locator("[name=corpus_id]").fill(card.locator(".x-hash").inner_text())
    approve.click()
    page.wait_for_load_state()


def _token(page: Page, address: str) -> str:
    page.goto(f"{address}/releases/{CORPUS}/{VERSION}/")
    page.locator("[name=licence]").check()
    page.locator('form[action$="/tokens"] button').click()
    copy = page.locator('[data-copy="token"]')
    copy.click()
    expect(copy).to_have_text(copy.get_attribute("data-done") or "")
    return page.locator("#token").input_value()


def _download(address: str, token: str, folder: Path) -> Path:
    """Fetch the bundles with curl as the page says, and unpack them."""
    for bundle in BUNDLES:
        url = f"{address}/releases/{CORPUS}/{VERSION}/bundles/{bundle}.tar"
        header = ["-H", f"Authorization: Bearer {token}"]
        command = ["curl", "-sS", "--fail", "-C", "-", *header, "-O", url]
        subprocess.run(command, check=True, cwd=folder)
        with tarfile.open(folder / f"{bundle}.tar") as archive:
            archive.extractall(folder, filter="data")
    return folder / f"{CORPUS}-{VERSION}"


def _verify(tree: Path) -> int:
    """Check the tree, and have every library that is installed here load and iterate it."""
    here = [name for name in CONSUMERS if why_absent(name) is None and name != "audiofolder"]  # needs FFmpeg
    command = [sys.executable, "-m", "speechcorpus.cli", "release", "verify", str(tree)]
    return subprocess.run([*command, "--require", ",".join(here)], check=False).returncode


def _table(tree: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (tree / "clips.jsonl").read_text(encoding="utf-8").splitlines()]


def _unexplained_db(clip: FloatArray, source: FloatArray) -> float:
    """Return what remains of a released clip after the source, shifted by one lag, is taken away.

    The place is found by correlation at the microphone's own rate; then the source is brought to the clip's
    rate from exactly that sample on. Edges of 50 ms are left out: the two resamplers see other neighbours.
    """
    loop = np.concatenate([source, source, source])
    raised = soxr.resample(clip, 16_000, RATE_HZ, quality="VHQ")
    size = 1 << (loop.size + raised.size - 1).bit_length()
    product = np.fft.rfft(loop, size) * np.conj(np.fft.rfft(raised, size))
    lag = int(np.argmax(np.fft.irfft(product, size)[: source.size]))
    expected = soxr.resample(loop[lag : lag + raised.size], RATE_HZ, 16_000, quality="VHQ")
    edge, n = 800, min(clip.size, expected.size)
    difference = clip[edge : n - edge] - expected[edge : n - edge]
    return float(10 * np.log10(np.mean(difference**2) / np.mean(expected[edge : n - edge] ** 2)))
