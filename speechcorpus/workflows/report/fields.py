"""All numbers of a row in groups, each with its unit, its usual limit, or the reason why it is absent."""

from dataclasses import dataclass
from typing import Any

from speechcorpus.domain.measurement import Measurement
from speechcorpus.workflows.report.entry import UNMEASURED, printable
from speechcorpus.workflows.report.limits import crossed_by_field, limit_text
from speechcorpus.workflows.report.words import Words

OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000, 4000, 8000)

# the order is that of reading; the word after a field names the reason of a null
GROUPS: dict[str, str] = {
    "background": """
        noise_laeq_dba:uncalibrated noise_laeq_dbfs:audio noise_uncertainty_db:audio noise_se_db:audio
        noise_method:audio noise_la90_dba:uncalibrated noise_la90_dbfs:gap noise_gap_s:never
        noise_gap_kept_s:never noise_spread_db:audio gap_zero_ratio:gap required_band:not-asked
        band:not-comparable band_status:not-comparable band_margin_db:not-comparable
        band_out_ratio:not-comparable calibration_id:uncalibrated calibration_db:uncalibrated
        calibration_u_db:uncalibrated noise_octave_63_dbfs:octave noise_octave_125_dbfs:octave
        noise_octave_250_dbfs:octave noise_octave_500_dbfs:octave noise_octave_1000_dbfs:octave
        noise_octave_2000_dbfs:octave noise_octave_4000_dbfs:octave noise_octave_8000_dbfs:octave
        noise_octave_partial_hz:no-partial
    """,
    "speech": """
        speech_s:frame speech_ratio:frame speech_level_dbfs:speech snr_db:snr snr_a_db:snr
        snr_segmental_db:snr longest_pause_s:pause head_silence_s:edges tail_silence_s:edges
        head_cut:edges tail_cut:edges vad_backend:never
    """,
    "level": """
        duration_s:decoded level_dbfs:frame laeq_dbfs:frame laeq_dba:uncalibrated la10_dbfs:half
        la50_dbfs:half la90_dbfs:half la95_dbfs:half laf_max_dbfs:half las_max_dbfs:half
        loudness_lufs:loudness peak_dbfs:decoded true_peak_dbtp:true-peak dc_ratio:decoded
    """,
    "defects": """
        clipped_s:decoded clip_runs:decoded clip_runs_per_min:decoded clipped_ratio:decoded
        full_scale_ratio:decoded dropout_s:decoded dropout_count:decoded repeat_count:decoded
        click_count:second clicks_per_min:second pop_count:second burst_count:second hum_hz:no-hum
        hum_db:second agc_pumping_db:agc bandwidth_hz:bandwidth bandwidth_cliff_hz:no-cliff
        hf_ratio_db:bandwidth reverb_class:reverb echo_delay_s:echo echo_level_db:echo
        channel_identical:mono channel_correlation:mono channel_delay_s:mono channel_bleed_db:mono
    """,
    "file": """
        status:never error_code:no-error error_detail:no-error container:header encoding:header
        rate_hz:header channels:header claimed_frames:header decoded_frames:decoded bytes:unreadable
        sha256:unreadable analyser:never analyser_version:never settings_sha256:never
        spans_left_out:never
    """,
}
HIDDEN = ("path", "spans", "gap_se_db", "noise_seconds_dbfs", "reverb_t60_s")
"""Shown elsewhere on the page, or kept for arithmetic; of reverberation people are shown the class only."""

FULL_DEPTH = frozenset(
    """
    click_count clicks_per_min pop_count burst_count hum_hz hum_db agc_pumping_db bandwidth_hz
    bandwidth_cliff_hz hf_ratio_db reverb_class echo_delay_s echo_level_db channel_identical
    channel_correlation channel_delay_s channel_bleed_db
    """.split()  # noqa: SIM905 - a list of thirty lines says no more
)
UNITS = {"dbfs": "dBFS", "dba": "dB(A)", "db": "dB", "dbtp": "dBTP", "lufs": "LUFS", "s": "s", "hz": "Hz"}
DIGITS = {"dbfs": 2, "dba": 2, "db": 2, "dbtp": 2, "lufs": 2, "s": 3, "hz": 1}
WORD_FIELDS = ("status", "noise_method", "band", "required_band", "band_status", "reverb_class")
MINUS = str.maketrans("-", "−")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One line of a table: a number with unit and limit, or a dash with its reason."""

    field: str
    label: str
    value: str
    unit: str
    limit: str | None
    crossed: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A table of the page."""

    name: str
    title: str
    cells: tuple[Cell, ...]


def groups_of(row: Measurement, words: Words) -> list[Group]:
    """Return all numbers of a row, ready to be shown; of an unmeasured one what is known of the file."""
    crossed = crossed_by_field(row)
    groups = []
    shown = ("file",) if row.status in UNMEASURED else GROUPS
    for name in shown:
        listed = GROUPS[name]
        pairs = [pair.partition(":") for pair in listed.split()]
        cells = tuple(_cell(row, field, reason, crossed, words) for field, _, reason in pairs)
        groups.append(Group(name=name, title=words(f"group.{name}"), cells=cells))
    return groups


def unit_of(field: str) -> str:
    """Return the unit that a field's name ends in.

    Examples
    --------
    >>> unit_of("noise_laeq_dba"), unit_of("clip_runs_per_min"), unit_of("snr_a_db"), unit_of("clip_runs")
    ('dB(A)', '/min', 'dB', '')
    """
    return "/min" if field.endswith("_per_min") else UNITS.get(field.rpartition("_")[2], "")


def value_text(field: str, value: Any, words: Words) -> str:
    """Return a value with all the digits of the row."""
    if isinstance(value, bool):
        return words("value.yes" if value else "value.no")
    if field in WORD_FIELDS:
        return words.name("band" if field == "required_band" else field, value)
    if isinstance(value, float):
        digits = DIGITS.get(field.rpartition("_")[2])
        return (f"{value:.6g}" if digits is None else f"{value:.{digits}f}").translate(MINUS)
    return f"{value:,}" if isinstance(value, int) and not field.endswith("_hz") else printable(str(value))


def _cell(row: Measurement, field: str, reason: str, crossed: frozenset[str], words: Words) -> Cell:
    value = getattr(row, field)
    return Cell(
        field=field,
        label=_label(field, words),
        value="—" if value is None else value_text(field, value, words),
        unit="" if value is None else unit_of(field),
        limit=limit_text(field),
        crossed=field in crossed,
        reason=words(f"null.{_reason(row, field, reason)}") if value is None else None,
    )


def _label(field: str, words: Words) -> str:
    octave = field.removeprefix("noise_octave_").removesuffix("_dbfs")
    return words("field.noise_octave", hz=octave) if octave.isdigit() else words(f"field.{field}")


def _reason(row: Measurement, field: str, reason: str) -> str:
    if reason in ("unreadable", "header", "no-error", "not-asked"):
        return reason
    if row.status in UNMEASURED:
        return "nothing"
    deep = field in FULL_DEPTH and not (reason == "mono" and row.channels == 1)
    if deep and row.click_count is None and (row.duration_s or 0) >= 1:
        return "depth"  # every recording of a second has a count of clicks, if anyone counted
    if reason == "uncalibrated" and row.calibration_db is not None:
        return "gap" if "la90" in field else "audio"
    return reason
