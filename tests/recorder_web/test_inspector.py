"""The picture of an item: state, tiles and scale, for the one who holds it and nobody else."""

import gzip
import json
import re

import pytest
from sqlalchemy import inspect

from recorder_web.staff.review import RAIL
from speechcorpus.qc.picture import LAYERS
from speechcorpus.store.models import PictureRow, Review, Segment
from speechcorpus.workflows.measure import measure_path
from speechcorpus.workflows.picture_rows import VERSION, pictures_of
from speechcorpus.workflows.reviews import review_audio, take_review
from speechcorpus.workflows.views.inspection import inspection_view
from tests.rig.inspecting import inspecting
from tests.statements import statements


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])


def test_an_item_without_a_picture_says_that_it_is_being_prepared(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    asked = reviewer.get(f"/staff/review/{work.flagged_review}/picture")
    assert asked.json == {"state": "asked", "speech_s": []}
    assert asked.headers["Cache-Control"] == "private, no-cache"
    data = data_of(reviewer.get(f"/staff/review/{work.flagged_review}").text)
    assert data["picture"]["state"] == "asked"
    assert data["picture"]["scale"]["unit"] == "dBFS"  # nothing measured as a whole: no band may be drawn
    assert (data["picture"]["scale"]["low"], data["picture"]["scale"]["high"]) == (None, None)
    assert reviewer.get(f"/staff/review/{work.flagged_review}/picture/wave/0/0").status_code == 404


def test_tiles_come_as_they_lie_there_and_only_once(house, work):
    reviewer, other = house.staff("reviewer"), house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    with house.store.catalogue.read() as session:
        item = session.get_one(Segment, work.flagged).item_sha256
    lengths = {"wave": [[len(gzip.compress(b"abcd", mtime=0))]]}
    pictures_of(house.store).put(item, VERSION, {"speech_s": []}, lengths, [gzip.compress(b"abcd", mtime=0)])
    address = f"/staff/review/{work.flagged_review}/picture/wave/0/0"
    tile = reviewer.get(address)
    assert (tile.status_code, tile.headers["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(tile.data) == b"abcd"
    known = reviewer.get(address, headers={"If-None-Match": tile.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    for path in (address, address.replace("/wave/0/0", "")):
        assert other.get(path).status_code == 404
        assert work.ann.get(path).status_code in (401, 404)
    for place in ("wave/0/1", "wave/1/0", "level/0/0", "wave/0/-1", "../0/0", "wave/x/0"):
        assert reviewer.get(address.replace("wave/0/0", place)).status_code == 404
    house.later(minutes=31)  # the hold is over
    assert reviewer.get(address).status_code == 404


def test_the_page_is_told_the_band_the_level_and_the_speech_of_the_item(sqlite_store, now, tmp_path):
    scene = inspecting(sqlite_store, now)
    take_review(sqlite_store, scene.reviewer, scene.reviews[0], now=now)
    seen = inspection_view(sqlite_store, scene.reviewer, scene.reviews[0], now=now)
    audio = review_audio(sqlite_store, scene.reviewer, scene.reviews[0], now=now)
    (tmp_path / "item.wav").write_bytes(b"".join(audio.blocks()))
    own = measure_path(tmp_path / "item.wav")
    assert (seen.picture, seen.frames, seen.others_s) == ("ready", own.decoded_frames, ())
    scale = seen.scale
    assert (scale.unit, scale.offset_db, scale.low, scale.high) == ("dBA", 97.0, 40.0, 55.0)
    assert scale.level == pytest.approx(own.noise_laeq_dbfs + 97, abs=0.011)
    assert len(seen.speech_s) > 2
    assert (seen.peak_dbfs, seen.loudness_lufs) == (own.peak_dbfs, own.loudness_lufs)


def test_the_page_shows_text_prompt_and_both_compared(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    page = reviewer.get(f"/staff/review/{work.flagged_review}").text
    assert data_of(page)["picture"]["layers"]["spectrum"]["tile"] == LAYERS["spectrum"].tile
    assert data_of(page)["spans"][0]["name"] == "太大聲"
    assert page.count("data-next") == 1  # the other item of the queue
    assert 'aria-current="true"' in page


@pytest.mark.parametrize("decision", ["accept", "fix", "reject"])
def test_each_decision_has_its_form_without_the_island(house, work, decision):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    page = reviewer.get(f"/staff/review/{work.flagged_review}").text
    form = next(
        each for each in re.findall(r"<form id=.*?</form>", page, re.S) if f'value="{decision}"' in each
    )
    assert f'action="/staff/review/{work.flagged_review}/decide"' in form
    assert 'name="fence"' in form
    assert 'name="csrf_token"' in form


def test_the_page_brings_the_small_tiles_that_are_drawn_first_and_where_the_item_speaks(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    with house.store.catalogue.read() as session:
        item = session.get_one(Segment, work.flagged).item_sha256
    tiles = [gzip.compress(rows, mtime=0) for rows in (b"\x01\x02\x03\x04", bytes(4_000))]
    lengths = {"wave": [[]] * 4 + [[len(tiles[0])]], "level": [[len(tiles[1])]]}
    pictures_of(house.store).put(item, VERSION, {"speech_s": [[0.5, 1.2]]}, lengths, tiles)
    with house.store.catalogue.write() as session:
        row = session.get_one(PictureRow, (item, VERSION))
        row.state, row.finished_at, row.bytes = "ready", house.now, 1
    picture = data_of(reviewer.get(f"/staff/review/{work.flagged_review}").text)["picture"]
    assert (picture["state"], picture["speech_s"]) == ("ready", [[0.5, 1.2]])
    assert picture["near"] == {"wave/4/0": "AQIDBA=="}  # the other one is fetched when it is drawn


def copied(row, **changes):
    """The same row once more, with some of it changed."""
    kept = {column.key: getattr(row, column.key) for column in inspect(type(row)).columns}
    return type(row)(**kept | changes)


def test_the_page_is_read_in_few_queries_however_long_the_queue_is(house, work):
    """Seen with 54 queries, and with every place of the queue read for the twelve that are shown."""
    reviewer, address = house.staff("reviewer"), f"/staff/review/{work.flagged_review}"
    reviewer.post(f"{address}/take")
    reviewer.get(address)
    with statements() as few:
        reviewer.get(address)
    free = {"state": "queued", "reviewer_id": None, "taken_at": None, "lease_until": None}
    with house.store.catalogue.write() as session:
        segment, review = session.get_one(Segment, work.flagged), session.get_one(Review, work.flagged_review)
        for number in range(60):
            session.add(copied(segment, id=f"s{number}", chosen=False))
            session.flush()
            session.add(copied(review, id=f"r{number}", segment_id=f"s{number}", **free))
    with statements() as many:
        page = reviewer.get(address).text
    assert page.count("data-next") == RAIL - 1
    read = [sum(each.startswith("SELECT") for each in asked) for asked in (few, many)]
    assert read[1] == read[0] <= 26
