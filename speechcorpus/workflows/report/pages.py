"""From values to HTML: everything that came from a file or a name is escaped by the templates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.measurement import BandStatus, Measurement, Status
from speechcorpus.noise.band import Bands
from speechcorpus.workflows.opinion import Opinion
from speechcorpus.workflows.report.curves import LevelPicture
from speechcorpus.workflows.report.entry import UNMEASURED, Entry, Line, printable
from speechcorpus.workflows.report.fields import groups_of
from speechcorpus.workflows.report.histograms import Histogram, common_unit
from speechcorpus.workflows.report.lanes import clock, span_lanes, speech_lane, ticks, worth_listing
from speechcorpus.workflows.report.limits import SHOWN_CODES, crossed_codes
from speechcorpus.workflows.report.spectrogram import SpectrogramPicture
from speechcorpus.workflows.report.style import BAND_COLOURS, band_colour
from speechcorpus.workflows.report.verdict import TONES, UNIT_NAMES, band_range, signed, verdict_words
from speechcorpus.workflows.report.words import Words

if TYPE_CHECKING:
    from jinja2 import Environment

LISTED_SPANS = 300
OPINION_SCORES = ("overall", "signal", "background", "p808")
STATUS_TONES: Mapping[str, str] = {"ok": "ok", "partial": "fix", "refused": "stop", "crashed": "stop"}
SEVERITY_TONES: Mapping[str, str] = {"blocks": "stop", "fix": "fix", "flag": "flag"}
BAND_TONES = dict(zip(BAND_COLOURS, ("low", "medium", "high"), strict=True))
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A word with a colour and a sign; with a count where things are counted."""

    label: str
    tone: str
    count: int = 0
    percent: float = 0.0
    range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What could be drawn of a recording; `no_spectrogram` is the sentence why there is none."""

    level: LevelPicture | None = None
    octaves: bytes | None = None
    spectrogram: SpectrogramPicture | None = None
    no_spectrogram: str | None = None
    opinion: Opinion | None = None  # of a machine, about a flagged recording: no measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What holds for all pages of a report."""

    title: str
    words: Words
    bands: Bands | None
    required_band: str | None


def clip_page(number: str, entry: Entry, pictures: Pictures, setting: Setting) -> str:
    """Return the page of one recording; its pictures lie beside it under its number."""
    row, words = entry.row, setting.words
    spans = worth_listing(row.spans, LISTED_SPANS)
    return (
        _environment()
        .get_template("clip.html")
        .render(
            root="../",
            words=words,
            signed=signed,
            number=number,
            row=row,
            name=printable(row.path),
            unit_names=UNIT_NAMES,
            detail=printable(row.error_detail or ""),
            facts=_facts(row),
            verdict=verdict_words(row, setting.bands, words),
            partial=row.status == "partial",
            measured=row.status not in UNMEASURED and bool(row.duration_s),
            marks=[_code_chip(code, words) for code in crossed_codes(row)],
            opinion=_scores(pictures.opinion, words),
            speech=speech_lane(row, entry.tracks, words),
            lanes=span_lanes(row, words),
            ticks=ticks(row.duration_s) if row.duration_s else [],
            spans=spans,
            more_spans=len(row.spans) > len(spans),
            spectrogram=pictures.spectrogram,
            no_spectrogram=pictures.no_spectrogram,
            octaves=pictures.octaves is not None,
            groups=groups_of(row, words),
            **_level_facts(row, pictures.level, setting),
        )
    )


def list_page(
    page: int,
    pages: int,
    lines: Sequence[Line],
    every: Sequence[Line],
    pictures: Sequence[Histogram],
    setting: Setting,
) -> str:
    """Return one page of the list; the first one also sums up `every` recording."""
    words, unit = setting.words, common_unit(every, setting.bands)
    length, length_unit = _length(sum(line.duration_s or 0.0 for line in every), words)
    return (
        _environment()
        .get_template("index.html")
        .render(
            root="",
            words=words,
            signed=signed,
            title=setting.title,
            page=page,
            pages=pages,
            page_name=page_name,
            lines=lines,
            total=len(every),
            length=length,
            length_unit=length_unit,
            required=_required(setting),
            unit=unit,
            unit_name=UNIT_NAMES[unit],
            pictures=pictures,
            chips=lambda line: _line_chips(line, words),
            statuses=_status_counts(every, words),
            verdicts=_verdict_counts(every, words),
            band_counts=_band_counts(every, setting),
            findings=_finding_counts(every, words),
        )
    )


def page_name(page: int) -> str:
    """Return the file of a page of the list."""
    return "index.html" if page == 1 else f"index-{page}.html"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("speechcorpus.workflows.report", "data")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)


def _facts(row: Measurement) -> list[str]:
    facts = []
    if row.duration_s is not None:
        facts.append(clock(row.duration_s, whole_s=row.duration_s))
    if row.rate_hz is not None:
        facts.append(f"{row.rate_hz:,} Hz × {row.channels}")
    if row.container is not None:
        facts.append(f"{row.container} {row.encoding}")
    return [*facts, f"{row.analyser} {row.analyser_version}"]


def _scores(opinion: Opinion | None, words: Words) -> list[tuple[str, str]]:
    """What each score is about, and the score; nothing where nobody was asked."""
    if opinion is None:
        return []
    return [(words(f"opinion.{name}"), f"{getattr(opinion, name):.1f}") for name in OPINION_SCORES]


def _level_facts(row: Measurement, level: LevelPicture | None, setting: Setting) -> dict[str, Any]:
    words, bands = setting.words, setting.bands
    found = level is not None and bands is not None and bands.unit == level.unit
    band = None
    if found and bands:
        band = next((b for b in bands.bands if b.name == (row.required_band or row.band)), None)
    bucket_s = level.bucket_s if level else 1
    key = "lane.level.unit" if bucket_s == 1 else "lane.level.bucket"
    unit = UNIT_NAMES[level.unit] if level else ""
    return {
        "level": level,
        "level_unit": unit,
        "bucket": words(key, seconds=bucket_s),
        "band_tone": BAND_TONES.get(band_colour(bands, band.name), "other") if band and bands else "other",
        "shaded": band and f"{words.name('band', band.name)} {band_range(band)} {unit}",
    }


def _required(setting: Setting) -> str:
    if setting.required_band is None or setting.bands is None:
        return setting.words("summary.none-required")
    band = setting.bands.named(setting.required_band)
    name, unit = setting.words.name("band", band.name), UNIT_NAMES[setting.bands.unit]
    return setting.words("summary.required", band=name, range=band_range(band), unit=unit)


def _length(seconds: float, words: Words) -> tuple[str, str]:
    if seconds >= SECONDS_AN_HOUR:
        return f"{seconds / SECONDS_AN_HOUR:,.1f}", words("summary.hours")
    return f"{seconds / SECONDS_A_MINUTE:.1f}", words("summary.minutes")


def _code_chip(code: str, words: Words) -> Chip:
    return Chip(label=words(f"code.{code}"), tone=SEVERITY_TONES[CODES[code].severity])


def _line_chips(line: Line, words: Words) -> list[Chip]:
    chips = []
    if line.status != "ok":
        chips.append(Chip(label=words(f"status.{line.status}"), tone=STATUS_TONES[line.status]))
    if line.status not in UNMEASURED:
        short = line.band_status or "no-band"
        chips.append(Chip(label=words(f"short.{short}"), tone=TONES.get(short, "flag")))
    return chips


def _counted(label: str, tone: str, count: int, total: int) -> Chip:
    return Chip(label=label, tone=tone, count=count, percent=round(100 * count / max(total, 1), 1))


def _status_counts(lines: Sequence[Line], words: Words) -> list[Chip]:
    counts = Counter(line.status for line in lines)
    kinds: tuple[Status, ...] = get_args(Status)
    shown = [kind for kind in kinds if counts[kind] or kind == "ok"]
    return [_counted(words(f"status.{k}"), STATUS_TONES[k], counts[k], len(lines)) for k in shown]


def _verdict_counts(lines: Sequence[Line], words: Words) -> list[Chip]:
    measured = [line for line in lines if line.status not in UNMEASURED]
    counts = Counter(line.band_status or "no-band" for line in measured)
    shown = [kind for kind in (*get_args(BandStatus), "no-band") if counts[kind]]
    return [_counted(words(f"short.{k}"), TONES.get(k, "flag"), counts[k], len(lines)) for k in shown]


def _band_counts(lines: Sequence[Line], setting: Setting) -> list[Chip]:
    counts = Counter(line.band for line in lines if line.band is not None)
    if setting.bands is None or not counts:
        return []
    ranges = {band.name: band_range(band) for band in setting.bands.bands}
    names = [name for name in ("below", *ranges, "above") if counts[name] or name in ranges]
    tones = {name: BAND_TONES.get(band_colour(setting.bands, name), "other") for name in names}
    return [
        Chip(label=setting.words.name("band", n), tone=tones[n], count=counts[n], range=ranges.get(n, ""))
        for n in names
    ]


def _finding_counts(lines: Sequence[Line], words: Words) -> list[Chip]:
    counts = Counter(code for line in lines for code in line.codes)
    shown = sorted((code for code in SHOWN_CODES if counts[code]), key=lambda code: -counts[code])
    chips = [_code_chip(code, words) for code in shown]
    return [
        _counted(chip.label, chip.tone, counts[code], len(lines))
        for code, chip in zip(shown, chips, strict=True)
    ]
