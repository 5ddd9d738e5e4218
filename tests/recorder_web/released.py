"""A house with two published versions, built once for all tests of the portal; each gets its own copy."""

import io
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import uuid4

import soundfile
from sqlalchemy import select

from recorder_web.app import create_app
from recorder_web.settings import WebSettings
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Clip, Release, ReleaseItem, Revision, Segment, VerdictRow
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.inspection import draw_in_child
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.picture_rows import VERSION
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_deltas import make_deltas
from speechcorpus.workflows.release_requests import request_build
from tests.accepted import accepted_clips
from tests.recorder_web.house import House, furnish
from tests.stage import Stage

CORPUS = "test-corpus"
FORMATS = ["audio", "parquet", "kaldi"]
SECOND = Actor(role="manager", id="another")


@dataclass(frozen=True, kw_only=True)
class Released:
    """Where the published versions lie, and who made them."""

    data: Path
    static: Path
    manager: Actor
    project_id: str
    now: datetime

    def house(self, folder: Path) -> House:
        """Return a house on a copy of everything."""
        shutil.copytree(self.data, folder / "data")
        store, clock = open_store(folder / "data"), [self.now]
        settings = WebSettings(
            data_dir=store.data_dir, strict_messages=True, static_dir=self.static, clock=lambda: clock[0]
        )
        app = create_app(settings, store=store)
        app.testing = False
        stage = Stage(store=store, now=self.now, manager=self.manager, project_id=self.project_id)
        return House(app=app, stage=stage, clock=clock)


def release_twice(template: Path, folder: Path, now: datetime) -> Released:
    """Publish 1.0.0 with twenty clips of five speakers, and 1.0.1 with one transcript corrected."""
    data = folder / "data"
    data.mkdir(parents=True)
    shutil.copy(template, data / "catalogue.sqlite")
    house = furnish(open_store(data), now, folder / "static")
    accepted_clips(house.stage)
    publish(house, "1.0.0")
    _correct_a_transcript(house)
    make_deltas(house.store, publish(house, "1.0.1"), now=now)
    stage = house.stage
    house.store.catalogue.close()
    return Released(
        data=data, static=folder / "static", manager=stage.manager, project_id=stage.project_id, now=now
    )


def _correct_a_transcript(house: House) -> None:
    with house.store.catalogue.write() as session:
        in_train = select(ReleaseItem.segment_id).where(ReleaseItem.split == "train")
        old = session.scalars(select(VerdictRow).where(VerdictRow.segment_id.in_(in_train))).first()
        text = session.scalars(select(Revision.text).where(Revision.segment_id == old.segment_id)).one()
        again = Revision(segment_id=old.segment_id, number=2, text=f"{text[:-1]}，著無？", author="t")
        said = VerdictRow(id=str(uuid4()), segment_id=old.segment_id, sequence=2, revision_number=2)
        for name in ("evaluator", "terms_sha256", "facts", "outcome", "created_at"):
            setattr(said, name, getattr(old, name))
        again.created_at = old.created_at
        session.add_all([again, said])


def publish(house: House, version: str, formats: list[str] | None = None) -> str:
    """Build and approve a version; return its id."""
    store, manager = house.store, house.stage.manager
    release_id = request_build(
        store,
        manager,
        project_id=house.stage.project_id,
        corpus=CORPUS,
        version=version,
        released_on="2026-11-23",
        settings={"title": "測試語料", "formats": formats or FORMATS},
        now=house.now,
        by_worker=False,
    )
    build_release(store, release_id, now=house.now)
    approve_release(store, SECOND, release_id, corpus_id=corpus_id(house, release_id), now=house.now)
    return release_id


def draw_clips(store: Store) -> None:
    """Draw each clip as a worker draws an item that it has measured."""
    with store.catalogue.read() as session:
        clips = session.execute(select(Segment.item_sha256, Clip.blob_sha256).join(Segment)).all()
    for item_sha256, blob_sha256 in clips:
        samples, rate_hz = soundfile.read(io.BytesIO(store.blobs.read(blob_sha256)), dtype="int16")
        with NamedTemporaryFile() as file:
            file.write(samples.tobytes())
            file.flush()
            drawn, tiles = draw_in_child(file.name, 0, samples.nbytes, "", rate_hz)
        store.pictures.put(item_sha256, VERSION, drawn["facts"], drawn["lengths"], [tiles])


def corpus_id(house: House, release_id: str) -> str:
    """Return the corpus id of what was built."""
    with house.store.catalogue.read() as session:
        return str(session.scalars(select(Release.corpus_id).where(Release.id == release_id)).one())


def member_of_ml(house: House) -> Actor:
    """Return a new member of the ML team."""
    return Actor(role="ml", id=create_staff(house.store, name="ML", role="ml", now=house.now))
