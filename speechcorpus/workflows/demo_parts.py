"""The synthetic speakers of the demo: what each one's sitting is meant to show."""

from dataclasses import dataclass

from speechcorpus.workflows.demo_voice import Voice

SPEECH_DBFS = -22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One synthetic speaker: voice, room, and how their sitting departs from a flawless one."""

    voice: Voice
    gender: str
    age_band: str
    band: str
    room_dba: float | None = None  # None: the middle of the band
    speech_dbfs: float = SPEECH_DBFS
    contests: str | None = None  # their words on what holds their first two items


PARTS = (
    Part(voice=Voice(variant="f2", words_per_minute=150, pitch=55), gender="f", age_band="20-29", band="low"),
    Part(
        voice=Voice(variant="m3", words_per_minute=140, pitch=40), gender="m", age_band="40-49", band="medium"
    ),
    Part(
        voice=Voice(variant="f4", words_per_minute=160, pitch=60), gender="f", age_band="30-39", band="high"
    ),
    Part(voice=Voice(variant="m1", words_per_minute=155, pitch=35), gender="m", age_band="20-29", band="low"),
    Part(  # close to the edge of 40 dB(A): flagged as borderline, for QC to look at
        voice=Voice(variant="f1", words_per_minute=145, pitch=50),
        gender="f",
        age_band="60-69",
        band="low",
        room_dba=39.0,
    ),
    Part(  # too near the microphone: clipped; two are contested, the others wait for their speaker
        voice=Voice(variant="m7", words_per_minute=150, pitch=30),
        gender="m",
        age_band="50-59",
        band="medium",
        speech_dbfs=-12.5,
        contests="聲音聽起來沒有破，請聽聽看。",
    ),
    Part(  # the room is louder than the band: held with the contributor, with the measured value
        voice=Voice(variant="f3", words_per_minute=150, pitch=58),
        gender="f",
        age_band="30-39",
        band="low",
        room_dba=46.0,
    ),
)
