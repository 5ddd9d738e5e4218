"""The finish manifest of a take: its form, and the items it proposes.

The browser's claims are kept beside the measured values; whether they are true is for `checks.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form

SCHEMA = "speechcorpus-take/1"
KEYS = (
    "schema",
    "take",
    "sitting",
    "rate_hz",
    "channels",
    "frames",
    "chunks",
    "take_sha256",
    "capture",
    "markers",
    "events",
    "clock",
    "meter",
    "calibration",
    "device_check",
)
CAPTURE_KEYS = ("path", "seen", "delivered", "total", "lost_frames", "recorder", "settings", "ended_by")
MARKER_KEYS = ("kind", "at_sample", "prompt_id", "lost_ms")
MARKER_KINDS = ("go", "stop", "prompt-start", "prompt-end", "band-out", "band-in", "gap", "redo")
PROCESSING = ("echoCancellation", "noiseSuppression", "autoGainControl")
EDGE_S = 0.3  # kept before prompt-start and after prompt-end


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One thing that happened at a sample of the take."""

    kind: str
    at_sample: int
    prompt_id: str | None
    lost_ms: int | None = None  # of a gap: how much sound is missing behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What the browser says about how it caught the sound; None where it could not count."""

    path: str
    seen: int | None
    delivered: int | None
    total: int | None
    lost_frames: int
    processing: Mapping[str, str]  # each of `PROCESSING` -> on | off | unreported
    recorder: str
    ended_by: str

    @property
    def processing_on_n(self) -> int:
        """How many kinds of sound processing were read back as on; unreported is not on."""
        return sum(state == "on" for state in self.processing.values())

    @property
    def lost(self) -> int:
        """Frames lost between microphone and file: the larger of what is said and what the counts show."""
        counts = [count for count in (self.seen, self.delivered, self.total) if count is not None]
        return max(self.lost_frames, max(counts) - min(counts) if counts else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest whose form is right; whether it is true is for `checks.py`."""

    take: str
    sitting: str
    rate_hz: int
    channels: int
    frames: int
    chunks: tuple[str, ...]
    take_sha256: str
    capture: Capture
    markers: tuple[Marker, ...]
    events: tuple[
        Mapping[str, object], ...
    ]  # these three are evidence: kept as they came, read by `compare.py`
    clock: Mapping[str, object]
    meter: tuple[Mapping[str, object], ...]
    calibration: str | None
    device_check: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A proposed item: one prompt's samples [start, end) of the take."""

    prompt_id: str
    start_sample: int
    end_sample: int


def parse_manifest(document: object) -> Manifest:
    """Return the manifest of a finished take.

    Raises
    ------
    SittingError : `manifest.form`, naming the field, for a missing, unknown or wrongly typed one
    """
    form = Form(document, where="", code="manifest.form", keys=KEYS)
    if form.text("schema") != SCHEMA:
        raise SittingError("manifest.schema", f"a take is finished with {SCHEMA}", schema=form.text("schema"))
    return Manifest(
        take=form.text("take"),
        sitting=form.text("sitting"),
        rate_hz=form.count("rate_hz"),
        channels=form.count("channels"),
        frames=form.count("frames"),
        chunks=form.hashes("chunks"),
        take_sha256=form.sha256("take_sha256"),
        capture=_capture(form.mapping("capture")),
        markers=tuple(_marker(marker) for marker in form.objects("markers")),
        events=form.objects("events"),
        clock=form.mapping("clock"),
        meter=form.objects("meter"),
        calibration=form.text_or_none("calibration"),
        device_check=form.text_or_none("device_check"),
    )


def _capture(document: Mapping[str, object]) -> Capture:
    form = Form(document, where="capture.", code="manifest.form", keys=CAPTURE_KEYS)
    settings = form.mapping("settings")
    return Capture(
        path=form.text("path"),
        seen=form.count_or_none("seen"),
        delivered=form.count_or_none("delivered"),
        total=form.count_or_none("total"),
        lost_frames=form.count("lost_frames"),
        processing={name: _state(settings.get(name)) for name in PROCESSING},
        recorder=form.text("recorder"),
        ended_by=form.text("ended_by"),
    )


def _state(read_back: object) -> str:
    return "on" if read_back is True else "off" if read_back is False else "unreported"


def _marker(document: Mapping[str, object]) -> Marker:
    form = Form(document, where="markers.", code="manifest.form", keys=MARKER_KEYS, optional=MARKER_KEYS[2:])
    kind = form.text("kind")
    if kind not in MARKER_KINDS:
        raise SittingError("manifest.markers", f"{kind!r} is no kind of marker", kind=kind)
    lost_ms = document.get("lost_ms")  # evidence: in another form it says nothing, and refuses nothing
    return Marker(
        kind=kind,
        at_sample=form.count("at_sample"),
        prompt_id=form.text_or_none("prompt_id"),
        lost_ms=lost_ms if isinstance(lost_ms, int) and lost_ms > 0 else None,
    )


def proposed_spans(manifest: Manifest) -> tuple[Span, ...]:
    """Return the items a checked manifest proposes: each prompt with 300 ms around it, inside the take.

    A prompt read twice in one take counts where it was read last. Without markers nothing is proposed.
    """
    edge = round(EDGE_S * manifest.rate_hz)
    last: dict[str, Span] = {}
    for prompt_id, start, end in prompt_spans(manifest):
        last[prompt_id] = Span(
            prompt_id=prompt_id,
            start_sample=max(0, start - edge),
            end_sample=min(manifest.frames, end + edge),
        )
    return tuple(sorted(last.values(), key=lambda span: span.start_sample))


def prompt_spans(manifest: Manifest) -> list[tuple[str, int, int]]:
    """Return (prompt, start, end) of each prompt-start with the prompt-end or stop that follows it."""
    spans: list[tuple[str, int, int]] = []
    begun: tuple[str, int] | None = None
    for marker in manifest.markers:
        if marker.kind == "prompt-start":
            if begun is not None or marker.prompt_id is None:
                raise bad_markers("a prompt begins inside another one, or without a name")
            begun = (marker.prompt_id, marker.at_sample)
        elif marker.kind == "prompt-end":
            if begun is None or marker.prompt_id not in (None, begun[0]):
                raise bad_markers("a prompt ends that has not begun")
            spans.append((*begun, marker.at_sample))
            begun = None
    if begun is not None:
        spans.append((*begun, manifest.frames))  # the take was ended inside the prompt
    return spans


def bad_markers(sentence: str) -> SittingError:
    """Return the refusal of markers that do not fit together."""
    return SittingError("manifest.markers", sentence)
