"""A browser that lies, one row of `recorder.md` §8 after the other: the samples win."""

import itertools
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.domain.finding_codes import CODES, SEVERITY_RANK
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.level import exceeded_dbfs, leq_dbfs, short_leq
from speechcorpus.dsp.runs import runs
from speechcorpus.store.models import (
    Blob,
    Claim,
    FindingRow,
    Job,
    MeasurementRow,
    Segment,
    Take,
    TakeHold,
    Task,
    VerdictRow,
)
from speechcorpus.workflows.claims_compare import MOST_WAITS, compare_take, kept_compared
from speechcorpus.workflows.decide_hold import decide_hold
from speechcorpus.workflows.finish import finish_take
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.meter_figure import meter_figure
from speechcorpus.workflows.takes import own_master
from tests.stage import RATE_HZ, calibrate, set_stage, spoken, voice, work_off

pytestmark = pytest.mark.either_database

HOP = RATE_HZ // 50
RECORDED = itertools.count()


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


@pytest.fixture
def both(store, now):
    return set_stage(store, now)


def codes_of(pcm):
    return np.frombuffer(pcm, dtype="<i2")


def meter_of(pcm, *, phase=0, more_db=0.0):
    """What an honest live meter shows once a second; its frames begin at `phase`."""
    powers = frame_powers(codes_of(pcm)[phase:] / 32768, RATE_HZ)[:, A]
    readings = []
    for frames in range(50, powers.size + 1, 50):
        ten = powers[max(0, frames - 500) : frames]
        laeq, la90 = leq_dbfs(powers[frames - 50 : frames]), exceeded_dbfs(short_leq(ten), 90)[0]
        said = {"laeq_1s_dbfs": f"{laeq + more_db:.2f}", "la90_10s_dbfs": f"{la90:.2f}"}
        readings.append({"sample": phase + (frames + 1) * HOP, **said})
    return readings


def zeros_of(pcm):
    found = [run for run in runs(codes_of(pcm) == 0).tolist() if run[1] - run[0] >= RATE_HZ // 100]
    return [{"kind": "zeros", "at_sample": start, "samples": end - start} for start, end in found]


def clock(ppm, *, windows=8, step_s=1.0):
    edges = [{"sample": round(n * step_s * RATE_HZ), "count": 100, "lowest": []} for n in range(windows)]
    for n, edge in enumerate(edges):
        edge |= {"p5_us": str(round(n * step_s * ppm)), "wall_ms": "0"}
    return {"windows": edges, "exchanges": []}


def capture(take, *, processing=False, **changes):
    said = take.manifest()["capture"]
    settings_ = dict.fromkeys(said["settings"], processing)
    return {**said, "settings": settings_, **changes}


def mark(kind, at, **more):
    return {"kind": kind, "at_sample": at, "prompt_id": "p0" if "prompt" in kind else None, **more}


def with_gap(take, at, lost_ms=200):
    edges = [
        mark("prompt-start", 4800),
        mark("gap", at, lost_ms=lost_ms),
        mark("prompt-end", take.frames - 4800),
    ]
    return sorted(edges, key=lambda each: each["at_sample"])


def finished(stage, pcm, *, recorder=None, track="main", **said):
    """A take that was sent, finished with these claims, and listened to by a worker."""
    recorder = recorder or stage.recorder()
    take = recorder.record(pcm, **({"prompt": "p0"} if track == "main" else {"track": track}))
    changes = {name: value(take) if callable(value) else value for name, value in said.items()}
    take.finish(**{"events": zeros_of(pcm), "meter": meter_of(pcm), **changes})
    work_off(stage)
    return take


def rows(stage, take):
    with stage.store.catalogue.read() as session:
        return {each.row: each for each in kept_compared(session, take.id)}


def says(stage, take, row):
    found = rows(stage, take)[row]
    return found.says, found.code


def codes(stage, take):
    """The codes of the verdict about the take's item."""
    with stage.store.catalogue.read() as session:
        verdicts = select(VerdictRow).join(Segment, Segment.id == VerdictRow.segment_id)
        newest = session.scalars(
            verdicts.where(Segment.take_id == take.id).order_by(VerdictRow.sequence)
        ).all()
        found = select(FindingRow.code).where(FindingRow.verdict_id == newest[-1].id)
        return newest[-1].outcome, set(session.scalars(found))


def with_hole(shared, *, ms=20):
    """A voice that breaks off for some milliseconds in the middle of a syllable."""
    samples = codes_of(spoken(shared)).copy()
    loud = np.convolve(np.abs(samples.astype(float)), np.ones(800), "same")
    at = int(np.argmax(loud))
    samples[at : at + ms * RATE_HZ // 1000] = 0
    return samples.tobytes(), at


def test_what_an_honest_browser_says_agrees(both, shared):
    take = finished(both, spoken(shared), clock=clock(40))
    found = rows(both, take)
    assert {row: each.says for row, each in found.items()} == {
        "bytes": "agrees",
        "counts": "agrees",
        "duration": "agrees",
        "markers": "agrees",
        "rate": "agrees",
        "zeros": "agrees",
        "processing": "agrees",
        "meter": "agrees",
        "gate": "unknown",
        "calibration": "unknown",
        "device-check": "unknown",
    }
    assert found["rate"].measured == {"rate_hz": "15999.36", "clock_ppm": "40", "windows": 6}


def test_frames_that_the_browser_lost_are_ours_and_paid(both, shared):
    take = finished(both, spoken(shared), capture=lambda take: capture(take, delivered=take.frames + 480))
    assert says(both, take, "counts") == ("ours", "platform.capture-overrun")
    assert rows(both, take)["counts"].measured["lost_frames"] == 480
    assert "platform.capture-overrun" in codes(both, take)[1]


def test_a_browser_that_cannot_count_is_not_believed_to_have_lost_nothing(stage, shared):
    take = finished(stage, spoken(shared), capture=lambda take: capture(take, delivered=None, total=None))
    assert says(stage, take, "counts") == ("unknown", None)


def test_a_hole_that_nobody_claims_is_found_in_the_samples(stage, shared):
    pcm, _ = with_hole(shared)
    take = finished(stage, pcm, events=[])
    assert says(stage, take, "zeros") == ("differs", "audio.dropout")
    assert rows(stage, take)["zeros"].claimed["runs"] == 0
    assert "audio.dropout" in codes(stage, take)[1]


@pytest.mark.parametrize("explained_by", ["gap", "overrun"])
def test_a_hole_that_a_gap_or_an_overrun_explains_is_ours(both, shared, explained_by):
    pcm, at = with_hole(shared)
    said = {"markers": lambda take: with_gap(take, at)}
    if explained_by == "overrun":
        said = {"capture": lambda take: capture(take, lost_frames=320)}
    take = finished(both, pcm, **said)
    assert says(both, take, "zeros") == ("ours", "platform.capture-overrun")
    _, found = codes(both, take)
    assert "platform.capture-overrun" in found
    assert "audio.dropout" not in found


def test_a_gap_elsewhere_explains_no_hole(stage, shared):
    pcm, at = with_hole(shared)
    take = finished(stage, pcm, markers=lambda take: with_gap(take, at - RATE_HZ // 2))
    assert says(stage, take, "zeros") == ("differs", "audio.dropout")
    assert "audio.dropout" in codes(stage, take)[1]


def test_a_gap_without_a_hole_pays_nothing(stage, shared):
    take = finished(stage, spoken(shared), markers=lambda take: with_gap(take, RATE_HZ))
    assert "platform.capture-overrun" not in codes(stage, take)[1]


def test_zeros_that_are_not_there_are_not_believed(stage, shared):
    take = finished(stage, spoken(shared), events=[{"kind": "zeros", "at_sample": 100, "samples": 4000}])
    assert says(stage, take, "zeros") == ("differs", None)


def test_a_clock_that_is_a_little_off_is_shown_and_finds_nothing(both, shared):
    honest = finished(both, spoken(shared))
    take = finished(both, spoken(shared, seed=7), recorder=someone(both), clock=clock(1500))
    assert says(both, take, "rate") == ("differs", None)
    assert rows(both, take)["rate"].measured["clock_ppm"] == "1500"
    assert codes(both, take) == codes(both, honest)


def test_another_rate_is_held_until_a_person_has_looked(both, shared):
    take = finished(both, spoken(shared), clock=clock(1e6 * (48_000 / 44_100 - 1)))
    sha = take.finish(events=zeros_of(take.pcm), meter=meter_of(take.pcm), clock=clock(88435.374)).take_sha256
    with both.store.catalogue.read() as session:
        assert session.scalars(select(Segment)).all() == []
        assert session.get_one(Blob, sha).state == "quarantined"
        held = session.scalars(select(TakeHold)).one()
        assert (held.code, held.claimed, held.measured["rate_hz"]) == (
            "take.rate",
            {"rate_hz": 16000},
            "14700",
        )
        assert session.scalars(select(MeasurementRow)).all() == []
    assert not both.store.blobs.exists(sha)
    assert b"".join(own_master(both.store, take.recorder.actor, take.id).blocks()) == take.master
    tidy(both.store, both.later)

    with pytest.raises(AccessError):
        decide_hold(both.store, both.reviewer(), take.id, use=True, now=both.later)
    decide_hold(both.store, both.manager, take.id, use=True, now=both.later)
    work_off(both)
    assert b"".join(own_master(both.store, take.recorder.actor, take.id).blocks()) == take.master
    assert codes(both, take)[0] in ("accepted", "repairable", "rejected")
    with both.store.catalogue.read() as session:
        assert session.get_one(Blob, sha).state == "ok"
    with pytest.raises(AccessError):
        decide_hold(both.store, both.manager, take.id, use=False, now=both.later)


@pytest.mark.parametrize("held_first", [True, False])
def test_bytes_that_another_take_uses_are_never_moved_out_of_its_reach(both, shared, held_first):
    pcm = spoken(shared)
    for held in (held_first, not held_first):
        take = someone(both).record(pcm, prompt="p0")
        sha = take.finish(**({"clock": clock(50_000)} if held else {})).take_sha256
    with both.store.catalogue.read() as session:
        assert session.get_one(Blob, sha).state == "ok"
        assert len(session.scalars(select(TakeHold)).all()) == 1
    assert both.store.blobs.is_whole(sha)


def test_a_take_that_is_set_aside_stays_and_the_prompt_can_be_recorded_again(stage, shared):
    recorder = stage.recorder()
    take = finished(stage, spoken(shared), recorder=recorder, clock=clock(50_000))
    decide_hold(stage.store, stage.manager, take.id, use=False, now=stage.later)
    again = finished(stage, spoken(shared), recorder=recorder)
    assert codes(stage, again)[1] is not None
    assert b"".join(own_master(stage.store, recorder.actor, take.id).blocks()) == take.master


def test_room_tone_is_never_held(stage):
    take = finished(stage, voice(5), track="room", clock=clock(90_000, windows=8, step_s=0.5))
    assert says(stage, take, "rate") == ("differs", None)


def test_more_sound_than_time_is_kept_for_a_month_and_taken_when_time_has_passed(both):
    take = both.recorder().record(voice(11), prompt="p0")
    actor, document, soon = take.recorder.actor, take.manifest(), both.now + timedelta(seconds=5)
    for _ in range(2):
        with pytest.raises(SittingError, match=r"11\.0 s were sent, 5\.0 s have passed"):
            finish_take(both.store, actor, take.id, document, now=soon)
    with both.store.catalogue.read() as session:
        held = session.scalars(select(TakeHold)).one()
        assert (held.code, held.decision) == ("take.too-long", None)
        assert (held.claimed, held.measured) == ({"seconds": "11.0"}, {"elapsed_s": "5.0"})
        assert held.held_until - held.held_at == timedelta(days=30)
    for day in range(1, 31):
        tidy(both.store, both.now + timedelta(days=day))
    assert both.store.incoming.read(take.id, 0, document["chunks"][0]) == take.chunk(0)
    assert finish_take(both.store, actor, take.id, document, now=both.now + timedelta(days=30)).receipt
    with both.store.catalogue.read() as session:
        assert session.scalars(select(TakeHold.decision)).one() == "passed"


def test_markers_that_do_not_fit_are_refused_and_a_take_without_them_is_kept(stage, shared):
    take = stage.recorder().record(spoken(shared), prompt="p0")
    with pytest.raises(SittingError) as refused:
        take.finish(markers=[mark("prompt-end", 100)])
    assert refused.value.code == "manifest.markers"
    take.finish(markers=[])
    assert says(stage, take, "markers") == ("unknown", None)


def gated(shared):
    """A voice whose pauses are exact zeros, as a gate makes them."""
    samples = codes_of(spoken(shared, edge_s=1.5)).copy()
    samples[: RATE_HZ + 4800] = 0
    samples[-RATE_HZ - 4800 :] = 0
    return samples.tobytes()


def test_processing_that_the_browser_denies_shows_in_the_sound_and_flags_at_most(stage, shared):
    take = finished(stage, gated(shared))
    assert says(stage, take, "processing")[0] == "differs"
    assert rows(stage, take)["processing"].measured["gap_zero_ratio"] is not None
    assert "audio.processing-on" not in codes(stage, take)[1]


def test_processing_that_the_browser_admits_is_believed(stage, shared):
    take = finished(stage, spoken(shared), capture=lambda take: capture(take, processing=True))
    assert says(stage, take, "processing") == ("agrees", "audio.processing-on")
    assert "audio.processing-on" in codes(stage, take)[1]


def calibrated_recorder(stage):
    actor = stage.contributor()
    calibration = calibrate(stage, actor)
    return stage.recorder(actor, calibration=calibration), calibration


def test_processing_that_nobody_reports_leaves_the_take_uncalibrated(stage, shared):
    recorder, calibration = calibrated_recorder(stage)
    said = {"recorder": recorder, "calibration": calibration}
    take = finished(stage, spoken(shared), capture=lambda take: capture(take, processing=None), **said)
    assert says(stage, take, "processing") == ("unknown", None)
    assert says(stage, take, "calibration") == ("differs", None)
    assert rows(stage, take)["calibration"].measured == {"id": None, "fault": "calibration.processed"}
    assert "audio.processing-on" not in codes(stage, take)[1]


def test_a_meter_that_shows_more_than_the_samples_is_our_defect_and_is_counted(both, shared):
    finished(both, spoken(shared), meter=lambda take: meter_of(take.pcm, phase=37))
    louder = {"meter": lambda take: meter_of(take.pcm, more_db=0.4)}
    take = finished(both, spoken(shared), recorder=someone(both), **louder)
    assert says(both, take, "meter") == ("ours", None)
    assert rows(both, take)["meter"].measured["off_db"] in ("0.4", "0.41", "0.39")
    with both.store.catalogue.read() as session:
        figure = meter_figure(session)
    assert (figure.compared, figure.off, figure.alarms) == (2, 1, True)


def test_a_meter_that_is_off_is_told_to_operators_without_a_name(stage, shared, caplog):
    take = finished(stage, spoken(shared), meter=lambda take: meter_of(take.pcm, more_db=-0.5))
    said = [record.getMessage() for record in caplog.records if "meter" in record.getMessage()]
    assert said == ["the live meter was more than 0.3 dB off in 1 of 1 takes; in the last one by -0.5 dB"]
    assert take.recorder.actor.id not in said[0]


def test_a_meter_is_compared_on_the_same_samples_only(stage, shared):
    """Readings that do not lie on the meter's own frames, or before the take began, cannot be compared."""
    short = finished(
        stage, spoken(shared), meter=[{"sample": 8000, "laeq_1s_dbfs": "0", "la90_10s_dbfs": "0"}]
    )
    assert says(stage, short, "meter") == ("unknown", None)


def test_a_gate_that_was_open_in_a_loud_room_is_no_band(stage, shared):
    recorder, calibration = calibrated_recorder(stage)
    noise = np.random.default_rng(5).normal(0, 10 ** (-38 / 20), 3 * RATE_HZ)
    samples = codes_of(spoken(shared))[: noise.size].astype(float) + 32767 * noise
    pcm = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    take = finished(stage, pcm, recorder=recorder, calibration=calibration)
    assert says(stage, take, "gate") == ("differs", None)
    assert rows(stage, take)["gate"].measured["band_status"] == "outside"
    assert "noise.above-band" in codes(stage, take)[1]
    quiet = finished(stage, spoken(shared), recorder=recorder, calibration=calibration)
    assert says(stage, quiet, "gate") == ("agrees", None)
    assert says(stage, quiet, "calibration") == ("agrees", None)


def test_a_calibration_of_somebody_else_gives_no_sound_pressure(stage, shared):
    foreign = calibrate(stage, stage.contributor())
    recorder = stage.recorder(calibration=foreign)
    take = finished(stage, spoken(shared), recorder=recorder, calibration=foreign)
    assert says(stage, take, "calibration") == ("differs", None)
    assert rows(stage, take)["calibration"].measured["fault"] == "calibration.unknown"
    with stage.store.catalogue.read() as session:
        assert session.scalars(select(VerdictRow.facts)).one().count('"calibration":null') == 1


def test_a_device_check_that_nobody_has_is_not_believed(stage, shared):
    take = finished(stage, spoken(shared), device_check=str(uuid4()))
    assert says(stage, take, "device-check") == ("differs", None)


def test_a_take_is_not_measured_twice_while_a_worker_is_at_its_item(both, shared):
    take = both.recorder().record(spoken(shared), prompt="p0")
    take.finish()
    compare_take(both.store, take.id, both.later)
    with both.store.catalogue.read() as session:
        jobs = session.scalars(select(Job).where(Job.kind == "compare_take").order_by(Job.run_after)).all()
        assert [job.payload.get("waited", 0) for job in jobs] == [0, 1]
        assert session.scalars(select(MeasurementRow)).all() == []
    work_off(both)
    assert "zeros" in rows(both, take)
    with both.store.catalogue.read() as session:
        assert len(session.scalars(select(MeasurementRow)).all()) == 1
        assert len(session.scalars(select(VerdictRow)).all()) == 1


def test_what_nobody_measures_is_not_waited_for_without_end(stage, shared):
    take = stage.recorder().record(spoken(shared), prompt="p0")
    take.finish()
    compare_take(stage.store, take.id, stage.later, waited=MOST_WAITS)
    assert "zeros" in rows(stage, take)


def test_listening_twice_changes_nothing(both, shared):
    take = finished(both, spoken(shared))
    before = rows(both, take)
    compare_take(both.store, take.id, both.later)
    assert rows(both, take) == before


def texts():
    return st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=6)


def lies():
    """Claims of every kind that a manifest may carry, true in form and in nothing else."""
    numbers = st.integers(0, 10**7)
    levels = st.decimals(-120, 0, places=2).map(str)
    reading = st.fixed_dictionaries({"sample": numbers, "laeq_1s_dbfs": levels, "la90_10s_dbfs": levels})
    zeros = st.fixed_dictionaries({"kind": st.just("zeros"), "at_sample": numbers, "samples": numbers})
    counts = st.none() | numbers
    return st.fixed_dictionaries(
        {
            "events": st.lists(zeros | st.dictionaries(texts(), numbers, max_size=2), max_size=4),
            "meter": st.lists(reading | st.dictionaries(texts(), texts(), max_size=2), max_size=4),
            "clock": st.floats(-19_000, 19_000).map(clock) | st.dictionaries(texts(), numbers, max_size=2),
            "calibration": st.none() | st.uuids().map(str),
            "device_check": st.none() | st.uuids().map(str),
            "counts": st.fixed_dictionaries(
                {"seen": counts, "delivered": counts, "total": counts, "lost_frames": numbers}
            ),
            "processing": st.sampled_from([True, False, None]),
            "ended_by": st.sampled_from(["stop", "band", "crash", "x"]),
        }
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lie=lies(), broken=st.booleans())
def test_a_claim_alone_never_refuses_never_pays_and_never_lowers_pay(stage, shared, lie, broken):
    """Only what our own recorder may have done wrong is believed in the contributor's favour, and by name."""
    pcm = with_hole(shared)[0] if broken else spoken(shared)
    honest_outcome, honest = codes(stage, finished(stage, recorded_anew(pcm), recorder=someone(stage)))
    counts, processing, ended_by = (lie.pop(key) for key in ("counts", "processing", "ended_by"))

    def said(take):
        return capture(take, processing=processing, **counts, ended_by=ended_by)

    take = finished(stage, recorded_anew(pcm), recorder=someone(stage), capture=said, **lie)
    outcome, found = codes(stage, take)
    ranks = {"accepted": 0, "repairable": 1, "rejected": 2}
    assert ranks[outcome] <= ranks[honest_outcome]
    ours = {code for code in found if CODES[code].pay == "always"}
    assert found - honest <= ours | {"audio.processing-on"}
    assert ours <= {"platform.capture-overrun", "platform.late-check"}
    if not ours:
        assert (outcome, found) == (honest_outcome, honest)
    assert all(SEVERITY_RANK[CODES[code].severity] == 0 for code in ours)
    with stage.store.catalogue.read() as session:
        assert session.get_one(Take, take.id).state == "stored"


def recorded_anew(pcm):
    """The same sound in other samples, each time: a number in the last bits of its end, as noise would be."""
    samples = codes_of(pcm).copy()
    bits = np.array([int(bit) for bit in f"{next(RECORDED):016b}"], dtype=samples.dtype)
    samples[-16:] = (samples[-16:] & ~1) | bits
    return samples.tobytes()


def someone(stage):
    """A new person on the first task, which is put back by hand: what was recorded for it stays."""
    with stage.store.catalogue.write() as session:
        for claim in session.scalars(select(Claim).where(Claim.state == "active")):
            claim.state = "released"
            session.get_one(Task, claim.task_id).state = "open"
    return stage.recorder()
