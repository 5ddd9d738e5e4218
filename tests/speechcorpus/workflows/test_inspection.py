"""Pictures of items: asked for once, drawn from exactly the samples of the item, made again when lost."""

import gzip

import numpy as np
import pytest
from sqlalchemy import select

from speechcorpus.qc.picture import draw_picture
from speechcorpus.store.models import Job, PictureRow, Segment, Take
from speechcorpus.workflows import picture_rows
from speechcorpus.workflows.inspection import draw_item
from speechcorpus.workflows.items import measure_item
from speechcorpus.workflows.picture_rows import VERSION, picture_state, pictures_of, tile_of, want_picture
from tests.stage import RATE_HZ, set_stage, voice


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


@pytest.fixture
def pcm():
    return voice(2.0, seed=9)


@pytest.fixture
def item(stage, pcm):
    """A measured item: samples 4800 to 4800 before the end of its take."""
    recorder = stage.recorder()
    prompt = "p0"
    recorder.record(pcm, prompt=prompt).finish()
    with stage.store.catalogue.read() as session:
        segment_id = session.scalars(select(Segment.id).where(Segment.prompt_id == prompt)).one()
    measure_item(stage.store, segment_id, stage.later)
    return segment_id


def jobs(store):
    with store.catalogue.read() as session:
        return session.scalars(select(Job.payload).where(Job.kind == "draw_item")).all()


def seen(store, segment_id):
    with store.catalogue.read() as session:
        segment = session.get_one(Segment, segment_id)
        return segment, picture_state(store, session, segment)


def test_a_measured_item_is_drawn_from_exactly_its_samples(stage, item, pcm):
    store = stage.store
    assert jobs(store) == [{"segment_id": item}]
    segment, state = seen(store, item)
    assert state == "asked"
    assert tile_of(store, segment, "wave", 0, 0) is None

    draw_item(store, item, stage.later)
    segment, state = seen(store, item)
    assert state == "ready"
    samples = np.frombuffer(pcm, "<i2")[segment.start_sample : segment.end_sample]
    wanted = []
    draw_picture(
        [samples], RATE_HZ, lambda layer, level, cells: wanted.append((layer, level, cells.tobytes()))
    )
    for layer, level, data in wanted:
        tile = tile_of(store, segment, layer, level, 0)
        with tile.place.path.open("rb") as file:
            file.seek(tile.place.offset)
            assert gzip.decompress(file.read(tile.place.length)) == data
        assert tile.etag == f"{segment.item_sha256}-{VERSION}-{layer}-{level}-0"


def test_it_is_asked_for_once_and_again_only_when_it_was_lost(stage, item):
    store = stage.store
    draw_item(store, item, stage.later)
    draw_item(store, item, stage.later)  # safe to run again
    with store.catalogue.write() as session:
        want_picture(store, session, session.get_one(Segment, item), now=stage.later)
    assert len(jobs(store)) == 1
    segment, _ = seen(store, item)
    assert pictures_of(store).drop(segment.item_sha256) == 1
    assert seen(store, item)[1] == "none"
    for _ in range(2):
        with store.catalogue.write() as session:
            want_picture(store, session, session.get_one(Segment, item), now=stage.later)
    assert len(jobs(store)) == 2
    draw_item(store, item, stage.later)
    assert seen(store, item)[1] == "ready"


def test_edges_that_moved_meanwhile_give_no_picture(stage, item):
    with stage.store.catalogue.write() as session:
        session.get_one(Segment, item).end_sample -= 1600
    draw_item(stage.store, item, stage.later)
    assert seen(stage.store, item)[1] == "asked"


def test_a_picture_that_cannot_be_drawn_says_so(stage, item):
    with stage.store.catalogue.read() as session:
        take = session.get_one(Take, session.get_one(Segment, item).take_id)
    master = stage.store.blobs.path_of(take.master_sha256)
    master.unlink()
    master.mkdir()  # it is there, and cannot be read
    draw_item(stage.store, item, stage.later)
    with stage.store.catalogue.read() as session:
        row = session.scalars(select(PictureRow)).one()
    assert (row.state, row.error_code, row.bytes) == ("failed", "decoder-crashed", None)


def test_another_way_of_drawing_asks_anew(stage, item, monkeypatch):
    draw_item(stage.store, item, stage.later)
    monkeypatch.setattr(picture_rows, "VERSION", VERSION + 1)
    assert seen(stage.store, item)[1] == "none"
    with stage.store.catalogue.write() as session:
        want_picture(stage.store, session, session.get_one(Segment, item), now=stage.later)
    assert len(jobs(stage.store)) == 2
