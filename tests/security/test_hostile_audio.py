"""Whatever a recording is made of: a row of numbers or a code, by a child of its own; nobody else notices."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.audio.header import check_header, read_header
from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import ERROR_CODES
from speechcorpus.workflows.measure import measure_path
from tests.security.hostile_audio import corpus, mutants, page
from tests.speechcorpus.audio.test_header import flac, wav

LONGEST_S = 3_600.0
CORPUS = corpus()
MEASURED_TOO = (
    "samples that are no numbers",
    "samples without bound",
    "samples beyond all measure",
    "a FLAC of silence that unpacks to minutes",
    "a FLAC whose frames are noise",
    "half a FLAC",
    "a sound and an archive",
)


def measured(data: bytes, folder: Path) -> str:
    """What measuring comes to: `ok`, `partial` or the code."""
    path = folder / "sound"
    path.write_bytes(data)
    row = measure_path(path, max_duration_s=LONGEST_S)
    assert row.error_code is None or row.error_code in ERROR_CODES
    return row.error_code or "measured"


def test_every_hostile_recording_is_measured_or_has_a_code(tmp_path: Path):
    answers = {name: measured(CORPUS[name], tmp_path) for name in MEASURED_TOO}
    assert answers["samples that are no numbers"] == "non-finite"
    assert answers["a sound and an archive"] == "length-mismatch"


@pytest.mark.slow
def test_the_whole_corpus_and_many_mutants_of_good_files_too(tmp_path: Path):
    for data in (*CORPUS.values(), *mutants(11, 100)):
        measured(data, tmp_path)


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_a_header_is_read_or_refused_by_code(name: str, tmp_path: Path):
    (tmp_path / "sound").write_bytes(CORPUS[name])
    try:
        check_header(read_header(tmp_path / "sound"), max_duration_s=LONGEST_S)
    except SignalError as error:
        code = error.code
    else:
        code = "unreadable"
    assert code in ERROR_CODES


@given(
    whole=st.sampled_from([wav(50), flac(50)]),
    changes=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 200),
)
def test_no_header_breaks_its_reader(
    whole: bytes, changes: list[tuple[int, int]], cut: int, tmp_path_factory
):
    spoilt = bytearray(whole)
    for at, value in changes:
        spoilt[at % len(spoilt)] = value
    path = tmp_path_factory.getbasetemp() / "spoilt"
    path.write_bytes(bytes(spoilt[: len(spoilt) - cut] if cut < len(spoilt) else spoilt))
    try:
        header = read_header(path)
        check_header(header, max_duration_s=LONGEST_S)
    except SignalError as error:
        assert error.code in ERROR_CODES  # noqa: PT017  either is right
    else:
        assert header.claimed_s <= LONGEST_S


def test_a_page_sent_as_sound_is_served_as_sound(house):
    recorder = house.stage.recorder()
    sent = recorder.record((page() * 2_000)[:64_000], prompt="p0")
    sent.finish()
    answer = house.sign_in(recorder.actor).get(f"/api/v1/takes/{sent.id}/audio")
    assert (answer.status_code, answer.mimetype) == (200, "audio/wav")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data.startswith(b"RIFF")
