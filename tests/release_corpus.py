"""A small corpus made by formula: clips of tones, five speakers, three bands, two varieties; no recording."""

import hashlib
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version

import numpy as np
import soundfile

from speechcorpus.corpus.flac import encoder_vendor, stream_info
from speechcorpus.corpus.plan import Plan, plan_release
from speechcorpus.corpus.request import Previous, Request
from speechcorpus.corpus.selection import Candidate, Consented
from speechcorpus.corpus.settings import ReleaseSettings

RATE_HZ = 16_000
BANDS = ("low", "medium", "high")
WORDS = "天地人日月山水火木金土東西南北春夏秋冬風雨雪雲花鳥魚蟲茶飯糖"
TERMS = {
    "v1.0.0": {
        "bands": [
            {"name": "low", "low": None, "high": "40"},
            {"name": "medium", "low": "40", "high": "55"},
            {"name": "high", "low": "55", "high": "70"},
        ]
    }
}
TOOLS = {
    "speechcorpus": "0.1.0",
    "pyarrow": "26.0.1",
    "zlib": "test",
    "matplotlib": package_version("matplotlib"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeClip:
    """A clip by formula: who says which sentence, and the bytes."""

    candidate: Candidate
    flac: bytes


def made_clips(*, speakers: int = 5, clips: int = 30, seed: int = 0) -> list[MadeClip]:
    """Return clips dealt to the speakers in turn; every sentence is said once."""
    return [made_clip(i, speaker=i % speakers, seed=seed) for i in range(clips)]


def made_clip(
    i: int,
    *,
    speaker: int,
    text: str | None = None,
    prompt: str | None = None,
    dialogue: str = "none",
    consented: bool = True,
    seconds: float | None = None,
    seed: int = 0,
    facts: Mapping[str, object] | None = None,
    **changes: object,
) -> MadeClip:
    """Return one clip; whatever is not given follows from `i`."""
    flac = tone(200.0 + 10 * i + seed, seconds or 0.5 + 0.05 * (i % 7))
    consent = Consented(
        consent_id=f"consent-{speaker}",
        purposes=("human_review", "record", "release"),
        text_version="consent/demo-v1",
        text_sha256="ab" * 32,
        given_on="2026-11-02",
    )
    values = {
        "segment_id": f"segment-{i:04d}",
        "speaker": f"person-{speaker}",
        "session": f"sitting-{speaker}-{i % 2}",
        "speakers": {f"person-{speaker}": consent if consented else None},
        "outcomes": ("accepted", "accepted"),
        "withdrawn": False,
        "marks": "，。？！",
        "blob_sha256": hashlib.sha256(flac).hexdigest(),
        "blob_bytes": len(flac),
        "blob_fault": None,
        "info": stream_info(flac),
        "constant": False,
        "vendor": encoder_vendor(flac),
        "recorded_at": f"2026-11-20T08:{i // 60:02d}:{i % 60:02d}+00:00",
        "facts": {
            **_facts(i, speaker, text or sentence(i), prompt or f"prompt-{i}", dialogue),
            **(facts or {}),
        },
    }
    return MadeClip(candidate=Candidate(**{**values, **changes}), flac=flac)


def made_talk(
    first: int,
    *,
    speakers: tuple[int, int] = (0, 1),
    turns: int = 4,
    track: str = "own",
    talk: str = "talk-1",
) -> list[MadeClip]:
    """Return a talk of two in turns, each turn beginning where the one before ends; names follow `first`."""
    clips, at = [], 0.0
    for turn in range(turns):
        second = turn % 2
        placed = {"dialogue_method": ("reference", "exchanges")[second] if track == "own" else "same-track"}
        placed |= {"dialogue_drift_ppm": 12.5 * second, "dialogue_uncertainty_ms": 0.25 * second}
        placed |= {"dialogue_track": track, "dialogue_talk": talk, "dialogue_start_s": round(at, 4)}
        clip = made_clip(
            first + turn,
            speaker=speakers[second],
            dialogue=f"dlg-{first:016x}",
            facts={"style": "dialogue", "topic_id": "card-1", "prompt_id": "none", **placed},
        )
        at += clip.candidate.duration_s
        clips.append(clip)
    return clips


def sentence(i: int) -> str:
    """Return the i-th sentence: no two alike."""
    digits = (WORDS[i % 30], WORDS[i // 30 % 30], WORDS[i // 900 % 30])
    return f"{digits[0]}上有{digits[1]}，{digits[2]}下無{digits[0]}。"


def tone(frequency_hz: float, seconds: float) -> bytes:
    """Return a decaying tone as FLAC, 16 kHz mono PCM_16."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    samples = 0.3 * np.exp(-t) * np.sin(2 * math.pi * frequency_hz * t)
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def planned(
    clips: Sequence[MadeClip], *, version: str = "1.0.0", previous: Previous | None = None, **changes: object
) -> Plan:
    """Return the plan of a release of these clips."""
    names = changes.pop("names", {})
    settings = ReleaseSettings(title="測試語料 Test", **changes)  # type: ignore[arg-type]
    request = Request(
        corpus="test-corpus",
        version=version,
        released_on="2026-11-22",
        settings=settings,
        licence="CC-BY-4.0",
        terms=TERMS,
        collection={"decided": 60, "refused": 0, "currency": "TWD", "price_minor": {"record": 1500}},
        tools=TOOLS,
        names=names,  # type: ignore[arg-type]
        previous=previous,
    )
    return plan_release([clip.candidate for clip in clips], request)


def blob_reader(clips: Sequence[MadeClip]) -> Mapping[str, bytes]:
    """Return the bytes of every clip by digest."""
    return {clip.candidate.blob_sha256: clip.flac for clip in clips}


def _facts(i: int, speaker: int, text: str, prompt: str, dialogue: str) -> dict[str, object]:
    band = BANDS[i % 3]
    level = {"low": 35.0, "medium": 47.5, "high": 61.25}[band]
    octaves = {f"noise_{hz}hz_db": -60.0 - hz / 100 for hz in (63, 125, 250, 500, 1000, 2000, 4000)}
    return {
        "dialogue_id": dialogue,
        "prompt_id": prompt,
        "topic_id": "none",
        "language": "cmn-TW" if speaker % 3 == 2 else "nan-TW",
        "script": "Hant",
        "orthography": "hanji",
        "style": "read",
        "subvariety": "undisclosed",
        "gender": ("f", "m", "undisclosed")[speaker % 3],
        "age_band": "30-39",
        "text": text,
        "reading": "none",
        "text_status": "reviewed",
        "text_revision": 1,
        "noise_band": band,
        "noise_band_measured": band,
        "noise_dba": round(level + i % 500 / 100, 2),
        "noise_before_dba": None,
        "noise_dbfs": level - 95.0,
        "noise_l90_dbfs": level - 97.0,
        "noise_uncertainty_db": 3.16,
        "noise_quiet_s": 0.4,
        "noise_out_share": 0.0,
        **octaves,
        "calibration_id": f"calibration-{speaker}",
        "calibration_kind": "reference",
        "snr_db": round(20.5 - i % 300 / 10, 1),
        "speech_lufs": -23.1,
        "speech_dbfs": -24.0,
        "peak_dbfs": -6.02,
        "hum_db": None,
        "bandwidth_hz": None,
        "agc_range_db": None,
        "clipped_samples": 0,
        "dropouts": 0,
        "lead_s": 0.3,
        "tail_s": 0.31,
        "speech_share": 0.75,
        "transcriber_agreement_cer": None,
        "qc_codes": "none",
        "qc_findings": 0,
        "terms_version": "v1.0.0",
        "analyser_version": "1.0.0",
        "device": f"headset-{speaker + 1}",
        "recorder_version": "r1.0.0",
        "capture_path": "mstp",
        "source_kind": "synthetic" if speaker == 4 else "human",
        "recorded_at": "2026-11-20",
    }
