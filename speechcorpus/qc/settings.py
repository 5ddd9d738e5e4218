"""The constants that shape a row; their hash stands in it."""

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.dsp.voice import MODE
from speechcorpus.noise.floor import FloorSettings

ANALYSER = "speechcorpus"
ANALYSER_VERSION = "0.2.0"
"""Raised with any change of an output digit; constants that are not settings are part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to measure. Depth `core` measures levels, background, speech, loudness, peak, clipping, dropouts
    and edges; the fields of other detectors stay null."""

    depth: Literal["core"] = "core"
    vad_backend: Literal["webrtc"] = "webrtc"
    vad_mode: int = MODE
    floor: FloorSettings = field(default_factory=FloorSettings)

    @property
    def sha256(self) -> str:
        """SHA-256 over the canonical JSON of all settings."""
        return _sha256(self)

    def to_document(self) -> dict[str, Any]:
        """Return the settings as plain values, a number with a point as text (see `canonical_json`).

        Examples
        --------
        >>> Settings().to_document()["floor"]["guard_s"]
        '0.06'
        """
        document: dict[str, Any] = _texts(asdict(self))
        return document


DEFAULT_SETTINGS = Settings()


@lru_cache
def _sha256(settings: Settings) -> str:
    return sha256_of(settings.to_document())


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(part) for key, part in value.items()}
    return repr(value) if isinstance(value, float) else value
