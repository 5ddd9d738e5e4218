"""The pages of `measure --report`: the numbers of the rows, hostile names, the same bytes, no other host."""

import gc
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from benchmarks.signals import pink, sine, voice
from speechcorpus.audio.child import Answer, shared_children
from speechcorpus.domain.errors import SignalError, StoreError
from speechcorpus.domain.measurement import ERROR_CODES, Measurement, SecondTracks, Span, SpanKind
from speechcorpus.noise.band import DEFAULT_BANDS, Band, Bands
from speechcorpus.workflows.opinion import is_installed
from speechcorpus.workflows.report import Entry, write_report
from speechcorpus.workflows.report.curves import MOST_POINTS, level_picture
from speechcorpus.workflows.report.entry import line_of, printable
from speechcorpus.workflows.report.fields import GROUPS, HIDDEN, OCTAVES_HZ, groups_of
from speechcorpus.workflows.report.limits import SHOWN_CODES
from speechcorpus.workflows.report.spectrogram import TASK, checked_table
from speechcorpus.workflows.report.spectrum import LOWEST_DB, MOST_COLUMNS, STEPS_A_DB
from speechcorpus.workflows.report.verdict import verdict_words
from speechcorpus.workflows.report.words import LANGUAGES, load_words

RATE_HZ = 16_000
ANALYSED = {"analyser": "speechcorpus", "analyser_version": "1.0.0", "settings_sha256": "0" * 64}
TRACKS = SecondTracks(
    noise_laeq_dbfs=(-58.1, None, -56.8, -57.2),
    laeq_dbfs=(-31.0, -24.5, -25.0, -40.2),
    speech=((0.5, 1.7), (2.5, 3.1)),
)


class Links(HTMLParser):
    """Everything a page fetches or leads to, and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def row(**changes: object) -> Measurement:
    """A calibrated row of four seconds, required to be in the low band and inside it."""
    octaves = {
        f"noise_octave_{hz}_dbfs": -70.0 - n for n, hz in enumerate((63, 125, 250, 500, 1000, 2000, 4000))
    }
    whole = Measurement(
        path="a/inside.wav",
        status="ok",
        **ANALYSED,
        rate_hz=RATE_HZ,
        channels=1,
        container="wav",
        encoding="pcm_16",
        decoded_frames=4 * RATE_HZ,
        duration_s=4.0,
        noise_laeq_dbfs=-66.77,
        noise_se_db=1.0,
        noise_method="gap",
        noise_gap_s=2.2,
        noise_gap_kept_s=2.0,
        **octaves,
        noise_octave_8000_dbfs=-78.25,
        noise_octave_partial_hz=8000,
        calibration_id="room-7",
        calibration_db=100.0,
        calibration_u_db=2.0,
        noise_laeq_dba=33.23,
        noise_uncertainty_db=2.83,
        band="low",
        required_band="low",
        band_status="inside",
        band_margin_db=6.77,
        speech_level_dbfs=-24.31,
        snr_db=27.41,
        loudness_lufs=-22.19,
        peak_dbfs=-6.02,
        clipped_s=0.0,
    )
    return replace(whole, **changes)


OUTSIDE = {
    "path": "b/outside.wav",
    "noise_laeq_dbfs": -56.79,
    "noise_laeq_dba": 43.21,
    "band": "medium",
    "band_status": "outside",
    "band_margin_db": -3.21,
    "clipped_s": 0.0123,
    "spans": (
        Span.at("clip", 16000, 16197, rate_hz=RATE_HZ, channel=None, measured=197, unit="samples"),
        Span.at("long-pause", 27200, 40000, rate_hz=RATE_HZ, channel=None, measured=0.8, unit="s"),
    ),
}
REFUSED = Measurement(
    path="c/<script>alert(1)</script>\n\udcff.flac",
    status="refused",
    error_code="not-audio",
    error_detail="begins with b'<html>', neither WAV nor FLAC",
    **ANALYSED,
    noise_gap_s=0.0,
    noise_gap_kept_s=0.0,
)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    samples = voice(seed=1, duration_s=4, rate_hz=RATE_HZ).samples
    soundfile.write(path, samples + pink(level_dbfs=-55, duration_s=4, rate_hz=RATE_HZ, seed=1), RATE_HZ)
    return path


def three_clips(take: Path) -> Iterator[Entry]:
    yield Entry(row=row(), tracks=TRACKS, file=take)
    yield Entry(row=row(**OUTSIDE), tracks=TRACKS, file=take)
    yield Entry(row=REFUSED)


def report_of(folder: Path, take: Path, language: str = "en") -> Path:
    return write_report(
        folder,
        three_clips(take),
        bands=DEFAULT_BANDS,
        required_band="low",
        title="Week 12",
        language=language,
    )


def digests(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def said(page: Path) -> str:
    """The page as people read it: without marks, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.read_text(encoding="utf-8")))


def test_the_list_has_the_numbers_of_every_row_and_the_worst_comes_first(take, tmp_path):
    index = report_of(tmp_path / "report", take)
    words = said(index)
    for shown in (
        "Week 12",
        "43.2 ± 2.8",
        "−3.2",
        "33.2 ± 2.8",
        "6.8",
        "27.4",
        "−22.2",
        "0.012",
        "not-audio",
    ):
        assert shown in words
    pages = re.findall(r"clips/(\d+)\.html", index.read_text(encoding="utf-8"))
    assert pages == ["000003", "000002", "000001"]


def test_a_clip_page_says_the_verdict_with_number_limit_and_uncertainty(take, tmp_path):
    report_of(tmp_path / "report", take)
    words = said(tmp_path / "report/clips/000002.html")
    assert "Background 43.2 dB(A) ± 2.8, required low (&lt; 40): outside by 3.2" in words
    assert "0.012 s Usual limit ≤ 0.001" in words
    assert "1.000 1.012 197 samples" in words
    assert "−78.25 dBFS" in words
    assert "the octave at 8000 Hz is cut" in words


def test_every_number_of_a_row_stands_on_its_page_with_its_digits(take, tmp_path):
    report_of(tmp_path / "report", take)
    words = said(tmp_path / "report/clips/000001.html")
    shown = [f.name for f in fields(Measurement) if f.name not in HIDDEN]
    numbers = {name: v for name in shown if isinstance(v := getattr(row(), name), float)}
    assert len(numbers) > 20
    for value in numbers.values():
        assert any(f"{value:.{digits}f}".replace("-", "−") in words for digits in (3, 2)), value


def test_a_refused_file_has_its_code_and_what_to_do_in_place_of_numbers(take, tmp_path):
    report_of(tmp_path / "report", take)
    words = said(tmp_path / "report/clips/000003.html")
    assert "not-audio begins with b&#39;&lt;html&gt;&#39;, neither WAV nor FLAC" in words
    assert "Convert the original to WAV or FLAC" in words
    assert "Background" not in words
    assert not list((tmp_path / "report/clips").glob("000003-*"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_needs_a_script_an_inline_style_or_another_host(take, tmp_path, language):
    report_of(tmp_path / "report", take, language)
    pages = list((tmp_path / "report").rglob("*.html"))
    assert len(pages) == 4
    for page in pages:
        links = Links(page.read_text(encoding="utf-8"))
        assert not links.elements & {"script", "style", "iframe", "object", "embed", "form"}
        assert not links.attributes & {"style", "onload", "onclick", "onerror"}
        for address in links.addresses:
            assert ":" not in address
            assert not address.startswith("//")
            assert (page.parent / address.partition("#")[0]).exists()


def test_pictures_and_style_fetch_nothing(take, tmp_path):
    report_of(tmp_path / "report", take)
    for file in (*(tmp_path / "report").rglob("*.svg"), tmp_path / "report/report.css"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(href|src)\s*=\s*[\"'](?!#)|url\((?!#)|@import", text), file


def test_a_hostile_file_name_is_shown_and_never_obeyed(take, tmp_path):
    report_of(tmp_path / "report", take)
    for page in ("index.html", "clips/000003.html"):
        text = (tmp_path / "report" / page).read_text(encoding="utf-8")
        assert "<script" not in text
        assert r"c/&lt;script&gt;alert(1)&lt;/script&gt;\n\xff.flac" in text
    assert printable("\u202egnp.wav\x1b[2J") == r"\u202egnp.wav\x1b[2J"


def test_the_same_rows_give_the_same_bytes(take, tmp_path):
    for name in ("one", "two"):
        report_of(tmp_path / name, take)
    one = digests(tmp_path / "one")
    assert one == digests(tmp_path / "two")
    assert {"index.html", "clips/000001-level.svg", "clips/000001-spectrogram.png"} <= set(one)


def test_the_convention_of_dbfs_stands_on_every_page(take, tmp_path):
    report_of(tmp_path / "report", take, "zh-Hant")
    for page in (tmp_path / "report").rglob("*.html"):
        assert "−3.01 dBFS" in said(page)


def test_the_report_speaks_traditional_chinese(take, tmp_path):
    report_of(tmp_path / "report", take, "zh-Hant")
    words = said(tmp_path / "report/clips/000002.html")
    assert "背景聲 43.2 dB(A) ± 2.8，要求低噪音（&lt; 40）：超出 3.2" in words
    with pytest.raises(StoreError, match="the report speaks en, zh-Hant, not 'xx'"):
        report_of(tmp_path / "other", take, "xx")


def test_every_language_has_every_sentence_and_every_code_has_its_words():
    tables = [load_words(language).table for language in LANGUAGES]
    assert tables[0].keys() == tables[1].keys()
    for key in tables[0]:
        assert set(re.findall(r"{\w+}", tables[0][key])) == set(re.findall(r"{\w+}", tables[1][key])), key
    needed = [f"error.{code}" for code in ERROR_CODES] + [f"span.{kind}" for kind in get_args(SpanKind)]
    needed += [f"code.{code}" for code in SHOWN_CODES] + [f"group.{name}" for name in GROUPS]
    assert not set(needed) - tables[0].keys()


@pytest.mark.parametrize("changes", [{}, {"channels": 2}, {"status": "refused"}, {"calibration_db": None}])
def test_every_field_is_in_one_table_with_a_value_or_a_reason(changes):
    listed = [pair.partition(":")[0] for group in GROUPS.values() for pair in group.split()]
    assert sorted([*listed, *HIDDEN]) == sorted(field.name for field in fields(Measurement))
    for language in LANGUAGES:
        empty = Measurement(path="", status="ok", **ANALYSED)
        for measured in (row(**changes), replace(empty, **changes)):
            for group in groups_of(measured, load_words(language)):
                assert all((cell.value == "—") == bool(cell.reason) for cell in group.cells)


def test_a_sentence_takes_two_digits_where_one_would_contradict_it():
    words = load_words("en")
    near = row(noise_laeq_dba=39.96, band_margin_db=0.04, band_status="borderline")
    assert (
        "39.96 dB(A) ± 2.83, required low (< 40): 0.04 from"
        in verdict_words(near, DEFAULT_BANDS, words).sentence
    )
    loud = row(
        noise_laeq_dba=71.4, required_band=None, band="above", band_status="borderline", band_margin_db=-1.4
    )
    assert (
        "above all bands (the loudest is high, 55–70): 1.4"
        in verdict_words(loud, DEFAULT_BANDS, words).sentence
    )


def test_bands_in_dbfs_are_judged_without_the_calibration():
    studio = Bands(unit="dBFS", bands=(Band(name="studio", low=None, high=-60.0),))
    inside = row(required_band="studio", band="studio", noise_laeq_dbfs=-66.77)
    verdict = verdict_words(inside, studio, load_words("en"))
    assert verdict.sentence == "Background −66.8 dBFS ± 2.0, required studio (< −60): inside by 6.8"


def test_an_uncalibrated_row_says_what_is_missing(take, tmp_path):
    changes = dict.fromkeys(
        ("calibration_id", "calibration_db", "calibration_u_db", "noise_laeq_dba", "band", "band_status"),
        None,
    )
    entry = Entry(row=row(**changes, band_margin_db=None, noise_uncertainty_db=2.0), tracks=TRACKS)
    write_report(tmp_path / "report", [entry], bands=DEFAULT_BANDS, required_band="low")
    words = said(tmp_path / "report/clips/000001.html")
    assert "Background −66.8 dBFS ± 2.0. The microphone is not calibrated" in words
    assert "— no calibration" in words


def test_a_row_alone_has_a_page_without_curves_and_without_a_spectrogram(tmp_path):
    write_report(tmp_path / "report", [Entry(row=row())], bands=None)
    words = said(tmp_path / "report/clips/000001.html")
    assert "The row came without its curves" in words
    assert "No spectrogram: the report was made without the sound file." in words
    assert [p.name for p in (tmp_path / "report/clips").glob("*.??g")] == ["000001-octaves.svg"]


def test_a_file_that_is_gone_costs_its_spectrogram_only(tmp_path):
    write_report(tmp_path / "report", [Entry(row=row(), tracks=TRACKS, file=tmp_path / "gone.wav")])
    assert "could not be decoded again (unreadable)" in said(tmp_path / "report/clips/000001.html")


def test_no_recording_at_all_is_a_report_too(tmp_path):
    assert "There is no recording in this report" in said(write_report(tmp_path / "report", []))


def test_thousands_of_recordings_go_on_further_pages_and_no_figure_stays_open(tmp_path):
    rows = (row(path=f"{n}.wav", band_margin_db=n / 10) for n in range(205))
    bare = {f"noise_octave_{hz}_dbfs": None for hz in OCTAVES_HZ}
    entries = (Entry(row=one if n < 30 else replace(one, **bare)) for n, one in enumerate(rows))
    index = write_report(tmp_path / "report", entries, bands=DEFAULT_BANDS, required_band="low")
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one).__name__ == "Figure"]
    assert "matplotlib.pyplot" not in sys.modules
    assert "Page 1 of 2" in said(index)
    second = said(tmp_path / "report/index-2.html")
    assert "204.wav" in second
    assert " 0.wav" not in second


def test_an_older_report_is_replaced_and_any_other_folder_is_left_alone(take, tmp_path):
    folder = tmp_path / "report"
    report_of(folder, take)
    (folder / "notes.txt").write_text("keep me")
    write_report(folder, [Entry(row=row())])
    assert [page.name for page in (folder / "clips").glob("*.html")] == ["000001.html"]
    assert (folder / "notes.txt").read_text() == "keep me"
    with pytest.raises(StoreError, match="holds something else") as refusal:
        write_report(take.parent, [Entry(row=row())])
    assert refusal.value.code == "report.folder"


def test_without_the_drawing_packages_the_report_says_what_to_install(take, tmp_path):
    code = f"""
import sys
sys.modules["matplotlib"] = None
from pathlib import Path
from speechcorpus.workflows.report import write_report
try:
    write_report(Path({str(tmp_path / "report")!r}), [])
except Exception as error:
    print(type(error).__name__, error.code, error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("StoreError report.missing ")
    assert "pip install speechcorpus[report]" in ran.stdout
    assert not (tmp_path / "report").exists()


def test_nobody_waits_for_the_drawing_packages_before_there_is_something_to_draw():
    heavy = "{'matplotlib', 'librosa', 'PIL'}"
    code = f"import sys, speechcorpus.workflows.report; print({heavy} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"


def spectrum_of(path: Path, frames: int) -> np.ndarray:
    answer = shared_children().call(TASK, {"path": str(path), "frames": frames}, cpu_s=30)
    cells = np.frombuffer(answer.data, dtype=np.uint8).reshape(
        answer.values["columns"], answer.values["bins"]
    )
    return cells / STEPS_A_DB + LOWEST_DB


@pytest.mark.parametrize("rate_hz", [8000, 44100, 48000])
def test_a_full_scale_sine_reads_minus_three_in_its_bin_at_any_rate(tmp_path, rate_hz):
    tone = sine(1000.0, level_dbfs=-3.01, duration_s=3, rate_hz=rate_hz) * 0.9999
    soundfile.write(tmp_path / "tone.wav", np.stack((tone, tone), axis=1), rate_hz)
    decibels = spectrum_of(tmp_path / "tone.wav", 3 * rate_hz)
    assert decibels.max(axis=1) == pytest.approx(-3.0, abs=1.5)  # between two bins a window loses 1.4 dB
    assert decibels.argmax(axis=1) * rate_hz / (2 * (decibels.shape[1] - 1)) == pytest.approx(1000, abs=24)


def test_the_spectrogram_of_a_long_recording_is_as_small_as_that_of_a_short_one(tmp_path):
    samples = np.zeros(600 * 8000, dtype=np.int16)
    samples[300 * 8000 :] = np.random.default_rng(1).integers(-3000, 3000, 300 * 8000)
    soundfile.write(tmp_path / "long.flac", samples, 8000)
    decibels = spectrum_of(tmp_path / "long.flac", samples.size)
    assert decibels.shape[0] == MOST_COLUMNS
    assert decibels[: MOST_COLUMNS // 2 - 1].max() == LOWEST_DB
    assert decibels[MOST_COLUMNS // 2 + 1 :, 5:-5].min() > -60


def test_a_recording_shorter_than_a_frame_has_one_column(tmp_path):
    soundfile.write(tmp_path / "tick.wav", np.full(100, 0.5), RATE_HZ)
    assert spectrum_of(tmp_path / "tick.wav", 100).shape == (1, 513)


@pytest.mark.parametrize(
    "lie", [{"columns": 10**9}, {"columns": "2"}, {"bins": 4}, {"rate_hz": 1}, {"columns": 1}]
)
def test_a_taken_over_decoder_cannot_hand_over_a_table_of_another_size(lie):
    truth = {"columns": 2, "bins": 513, "rate_hz": RATE_HZ}
    assert checked_table(Answer(values=truth, data=bytes(1026))).shape == (2, 513)
    with pytest.raises(SignalError, match="another size than it says"):
        checked_table(Answer(values={**truth, **lie}, data=bytes(1026)))


def test_curves_of_three_hours_have_as_few_points_as_a_picture_can_show():
    seconds = 3 * 3600
    levels = tuple(-40.0 - n % 7 for n in range(seconds))
    tracks = SecondTracks(
        noise_laeq_dbfs=levels,
        laeq_dbfs=levels,
        speech=tuple((float(n), n + 0.5) for n in range(0, seconds, 2)),
    )
    picture = level_picture(row(duration_s=float(seconds)), tracks, DEFAULT_BANDS)
    assert picture is not None
    assert picture.bucket_s == seconds // MOST_POINTS
    assert len(picture.svg) < 200_000


def test_the_worst_first_is_not_measured_outside_partial_borderline_findings_the_rest():
    rows = {
        "rest": row(),
        "flag": row(longest_pause_s=1.4),
        "block": row(clipped_s=0.5),
        "near": row(band_status="borderline", band_margin_db=1.0),
        "partial": row(status="partial"),
        "out": row(band_status="outside", band_margin_db=-3.5),
        "far out": row(band_status="outside", band_margin_db=-9.0),
        "refused": REFUSED,
    }
    lines = [line_of(number, name, one, None) for number, (name, one) in enumerate(rows.items())]
    ordered = [line.name for line in sorted(lines, key=lambda line: line.order)]
    assert ordered == ["refused", "far out", "out", "partial", "near", "block", "flag", "rest"]


def test_templates_escape_by_default_and_no_sentence_holds_marks():
    data = files("speechcorpus.workflows.report").joinpath("data")
    for name in ("base.html", "clip.html", "index.html"):
        assert "safe" not in re.findall(r"\|\s*(\w+)", data.joinpath(name).read_text("utf-8"))
    for language in LANGUAGES:
        assert "<" not in "".join(json.loads(data.joinpath(f"{language}.json").read_text("utf-8")).values())


HUMS = {"hum_hz": 50.0, "hum_db": 14.2}  # `audio.hum` is a flag
SECOND_OPINION = {"en": "Second opinion", "zh-Hant": "第二意見"}
CHANGES_NOTHING = {"en": "changes neither the verdict nor the pay", "zh-Hant": "不影響判定，也不影響報酬"}


def opinion_report(folder: Path, take: Path, changes: dict[str, object], **asked: str) -> Path:
    write_report(folder, [Entry(row=row(**changes), tracks=TRACKS, file=take)], bands=DEFAULT_BANDS, **asked)
    return folder / "clips" / "000001.html"


@pytest.mark.skipif(not is_installed(), reason="no DNSMOS (extra `neural`)")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_flagged_clip_shows_what_a_machine_thinks_and_that_it_decides_nothing(language, take, tmp_path):
    plain = opinion_report(tmp_path / "plain", take, HUMS, language=language)
    page = opinion_report(tmp_path / "asked", take, HUMS, language=language, variety="cmn-TW")
    words = said(page)
    shown = words[words.index(SECOND_OPINION[language]) :]
    assert CHANGES_NOTHING[language] in shown
    assert [1 <= float(score) <= 5 for score in re.findall(r"(\d\.\d) / 5", shown)] == [True] * 4
    assert SECOND_OPINION[language] not in said(plain)
    asked, unasked = digests(tmp_path / "asked"), digests(tmp_path / "plain")
    assert [name for name in asked if asked[name] != unasked[name]] == ["clips/000001.html"]
    section = r'<section class="card card--opinion">.*?</section>'
    without = re.sub(section, "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert without == plain.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "asked"),
    [(HUMS, {"variety": "nan-TW"}), (HUMS, {"variety": "nan-CN"}), (HUMS, {}), ({}, {"variety": "cmn-TW"})],
)
def test_nobody_asks_a_machine_about_minnan_about_the_unknown_or_without_a_flag(
    changes, asked, take, tmp_path
):
    page = opinion_report(tmp_path / "report", take, changes, **asked)
    assert "opinion" not in page.read_text(encoding="utf-8")


def test_a_file_that_the_machine_cannot_hear_has_a_page_without_its_opinion(tmp_path):
    page = opinion_report(tmp_path / "report", tmp_path / "gone.wav", HUMS, variety="cmn-TW")
    assert "opinion" not in page.read_text(encoding="utf-8")


def test_without_the_extra_a_flagged_clip_has_its_page_and_nothing_is_said(take, tmp_path):
    script = f"""
import sys
sys.modules["speechmos"] = None  # as if it were not installed
from pathlib import Path
from speechcorpus.domain.measurement import Measurement
from speechcorpus.workflows.report import Entry, write_report
names = {ANALYSED!r}
flagged = Measurement(path="a.wav", status="ok", **names, duration_s=4.0, hum_hz=50.0, hum_db=14.2)
entries = [Entry(row=flagged, file=Path({str(take)!r}))]
write_report(Path({str(tmp_path / "report")!r}), entries, variety="cmn-TW")
print(sorted(name for name in ("onnxruntime", "speechmos") if sys.modules.get(name)))
"""
    told = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert (told.stdout.strip(), told.stderr) == ("[]", "")
    assert "opinion" not in (tmp_path / "report" / "clips" / "000001.html").read_text(encoding="utf-8")
