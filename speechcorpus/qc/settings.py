"""The constants that shape a row; their hash stands in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.dsp.voice import MODE
from speechcorpus.noise.floor import FloorSettings
from speechcorpus.noise.second_stage import SecondStage

ANALYSER = "speechcorpus"
ANALYSER_VERSION = "0.3.0"
"""Raised with any change of an output digit; constants that are not settings are part of it."""

Depth = Literal["core", "full"]
VadBackend = Literal["webrtc", "silero-second"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to measure.

    Depth `core` measures levels, background, speech, loudness, peak, clipping and edges; `full` adds true
    peak, bandwidth, hum, dropouts, gain pumping, clicks, pops, bursts, reverberation, echo and channels. A
    field that was not measured is null.

    `silero-second` hears a recording again, with a slower and better detector, where that may change the
    answer; `edges_dbfs` (edges of the bands less the calibration) say where a level is near one.
    """

    depth: Depth = "full"
    vad_backend: VadBackend = "webrtc"
    vad_mode: int = MODE
    edges_dbfs: tuple[float, ...] | None = None
    floor: FloorSettings = field(default_factory=FloorSettings)
    second: SecondStage = field(default_factory=SecondStage)

    @property
    def sha256(self) -> str:
        """SHA-256 over the canonical JSON of all settings."""
        return _sha256(self)

    def to_values(self) -> dict[str, Any]:
        """Return the settings as plain values that JSON keeps as they are."""
        return asdict(self)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Settings":
        """Return what `to_values` gave, also after a journey as JSON.

        Examples
        --------
        >>> Settings.from_values(Settings(edges_dbfs=(-40.0,)).to_values()).edges_dbfs
        (-40.0,)
        """
        edges = values["edges_dbfs"]
        parts = {
            "floor": FloorSettings(**values["floor"]),
            "second": SecondStage(**values["second"]),
            "edges_dbfs": edges and tuple(edges),
        }
        return cls(**{**values, **parts})

    def to_document(self) -> dict[str, Any]:
        """Return the settings as plain values, a number with a point as text (see `canonical_json`).

        Examples
        --------
        >>> Settings().to_document()["floor"]["guard_s"]
        '0.06'
        """
        document: dict[str, Any] = _texts(self.to_values())
        return document


DEFAULT_SETTINGS = Settings()


@lru_cache
def _sha256(settings: Settings) -> str:
    return sha256_of(settings.to_document())


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_texts(part) for part in value]
    return repr(value) if isinstance(value, float) else value
