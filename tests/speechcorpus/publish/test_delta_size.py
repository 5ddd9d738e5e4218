"""How large a delta is, on a corpus of real sizes: `--junitxml` keeps the figures."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechcorpus.corpus.flac import stream_info
from speechcorpus.publish.delta import write_delta_file
from speechcorpus.publish.delta_plan import CONTAINERS
from tests.editions import with_facts, write_version
from tests.release_corpus import MadeClip, made_clip

RATE_HZ = 16_000
CLIPS, NEW_CLIPS, SPEAKERS = 1000, 50, 50
SHARE = 0.03  # of the containers' bytes


def noisy(i: int, *, speaker: int) -> MadeClip:
    """Return a clip of 5 s whose FLAC is as large as that of speech, some 80 kB."""
    samples = np.random.default_rng(i).normal(0, 0.02, 5 * RATE_HZ).cumsum() % 0.5
    buffer = io.BytesIO()
    soundfile.write(buffer, samples * 0.2, RATE_HZ, format="FLAC", subtype="PCM_16")
    flac = buffer.getvalue()
    clip = made_clip(i, speaker=speaker)
    candidate = replace(
        clip.candidate,
        blob_sha256=hashlib.sha256(flac).hexdigest(),
        blob_bytes=len(flac),
        info=stream_info(flac),
    )
    return replace(clip, candidate=candidate, flac=flac)


def sizes(root: Path) -> dict[str, int]:
    return {p.relative_to(root).as_posix(): p.stat().st_size for p in root.rglob("*") if p.is_file()}


def changed(old: Path, new: Path) -> tuple[int, int, int]:
    """Return bytes of new audio, of the containers, and of the other files that are not as they were."""
    audio = containers = small = 0
    for path, size in sizes(new).items():
        same = (old / path).is_file() and (old / path).read_bytes() == (new / path).read_bytes()
        if path.endswith(CONTAINERS):
            containers += size
        elif not same and path.endswith(".flac"):
            audio += size
        elif not same:
            small += size
    return audio, containers, small


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    clips = [noisy(i, speaker=i % SPEAKERS) for i in range(CLIPS)]
    root, names = write_version(tmp_path_factory.mktemp("first"), clips, "1.0.0", include_synthetic=True)
    return root, names, clips


def grown(clips: Sequence[MadeClip]) -> list[MadeClip]:
    """New clips of old and new speakers, two corrected texts, one speaker gone."""
    kept = [clip for i, clip in enumerate(clips) if i % SPEAKERS != 7]
    kept[3], kept[500] = with_facts(kept[3], text="新的文字。"), with_facts(kept[500], text="也是新的。")
    return kept + [noisy(CLIPS + i, speaker=i % (SPEAKERS + 3)) for i in range(NEW_CLIPS)]


def measured_anew(clips: Sequence[MadeClip]) -> list[MadeClip]:
    """One figure of every clip is another."""
    return [with_facts(clip, snr_db=10.0 + i % 97 / 10) for i, clip in enumerate(clips)]


def with_a_column(clips: Sequence[MadeClip]) -> list[MadeClip]:
    """Every clip says something that none said before."""
    return [with_facts(clip, hum_db=-70.0 - i % 97 / 10) for i, clip in enumerate(clips)]


@pytest.mark.slow
@pytest.mark.parametrize("change", [grown, measured_anew, with_a_column])
def test_a_delta_is_new_audio_three_percent_of_the_containers_and_small_files(
    first, change, tmp_path, record_property
):
    old, names, clips = first
    later = change(clips)
    here = {clip.candidate.segment_id for clip in later}
    gone = [names["utterance", c.candidate.segment_id] for c in clips if c.candidate.segment_id not in here]
    new, _ = write_version(
        tmp_path / "new", later, "1.1.0", before=old, names=names, withdrawn=gone, include_synthetic=True
    )
    info = write_delta_file(old, new, tmp_path / "delta.tar")
    audio, containers, small = changed(old, new)
    record_property("delta", {"bytes": info.bytes, "audio": audio, "containers": containers, "small": small})
    assert info.bytes <= audio + SHARE * containers + small
