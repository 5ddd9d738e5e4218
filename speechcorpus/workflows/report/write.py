"""A report is a folder: `index.html`, a page for each recording, pictures; static, no other host is asked."""

import math
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from speechcorpus.domain.errors import SignalError, StoreError
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.transcript import Variety
from speechcorpus.noise.band import Bands
from speechcorpus.workflows.opinion import Opinion, is_asked, is_installed, opinion
from speechcorpus.workflows.report.curves import level_picture
from speechcorpus.workflows.report.entry import UNMEASURED, Entry, Line, line_of, printable
from speechcorpus.workflows.report.histograms import histograms
from speechcorpus.workflows.report.limits import crossed_codes
from speechcorpus.workflows.report.octaves import octave_picture
from speechcorpus.workflows.report.pages import Pictures, Setting, clip_page, list_page, page_name
from speechcorpus.workflows.report.spectrogram import SpectrogramPicture, spectrogram_picture
from speechcorpus.workflows.report.style import require_drawing
from speechcorpus.workflows.report.verdict import shown_uncertainty_db, shown_unit
from speechcorpus.workflows.report.words import load_words

LINES_A_PAGE = 200
STYLE_SHEET = "report.css"
OWN_NAMES = ("index.html", "index-*.html", "histogram-*.svg", STYLE_SHEET)
OWN_CLIP_NAMES = ("*.html", "*-level.svg", "*-octaves.svg", "*-spectrogram.png")


def write_report(
    folder: Path,
    entries: Iterable[Entry],
    *,
    bands: Bands | None = None,
    required_band: str | None = None,
    title: str | None = None,
    language: str = "en",
    variety: Variety | None = None,
) -> Path:
    """Write a report about measured recordings and return its first page.

    Entries are taken one at a time and not kept. The same entries give the same bytes.

    Parameters
    ----------
    bands, required_band : what `calibrated` was given for the rows
    language : "en" or "zh-Hant"
    variety : what is spoken; flagged recordings then also show a machine's opinion, if the extra `neural`
        is installed and the model may know the variety

    Raises
    ------
    StoreError : `report.missing` without the drawing packages, `report.folder` for a folder of something
        else, `report.language`; SignalError : `bands.unknown`
    """
    report = Report(
        folder, bands=bands, required_band=required_band, title=title, language=language, variety=variety
    )
    for entry in entries:
        report.add(entry)
    return report.finish()


class Report:
    """Takes recordings as they come; the list appears when `finish` is called."""

    def __init__(
        self,
        folder: Path,
        *,
        bands: Bands | None = None,
        required_band: str | None = None,
        title: str | None = None,
        language: str = "en",
        variety: Variety | None = None,
    ) -> None:
        require_drawing()
        words = load_words(language)
        if bands and required_band is not None:
            bands.named(required_band)
        self._setting = Setting(
            title=printable(title or words("title.report")),
            words=words,
            bands=bands,
            required_band=required_band,
        )
        self._variety = variety
        self._folder, self._clips = folder, folder / "clips"
        self._lines: list[Line] = []
        _make_ready(folder)

    def add(self, entry: Entry) -> None:
        """Write the page and the pictures of one recording."""
        number = len(self._lines) + 1
        stem = f"{number:06d}"
        pictures = self._pictures(entry)
        if pictures.level:
            (self._clips / f"{stem}-level.svg").write_bytes(pictures.level.svg)
        if pictures.octaves:
            (self._clips / f"{stem}-octaves.svg").write_bytes(pictures.octaves)
        if pictures.spectrogram:
            (self._clips / f"{stem}-spectrogram.png").write_bytes(pictures.spectrogram.png)
        page = clip_page(stem, entry, pictures, self._setting)
        (self._clips / f"{stem}.html").write_text(page, encoding="utf-8")
        u_db = shown_uncertainty_db(entry.row, shown_unit(entry.row, self._setting.bands))
        self._lines.append(line_of(number, printable(entry.row.path), entry.row, u_db))

    def finish(self) -> Path:
        """Write the list, the worst first, and return its first page."""
        ordered = sorted(self._lines, key=lambda line: line.order)
        pictures = histograms(ordered, self._setting.bands, self._setting.required_band)
        for histogram in pictures:
            if histogram.svg:
                (self._folder / f"histogram-{histogram.name}.svg").write_bytes(histogram.svg)
        pages = max(1, math.ceil(len(ordered) / LINES_A_PAGE))
        for page in range(pages, 0, -1):  # the first page last: where it is, the report is whole
            lines = ordered[(page - 1) * LINES_A_PAGE : page * LINES_A_PAGE]
            text = list_page(page, pages, lines, ordered, pictures, self._setting)
            (self._folder / page_name(page)).write_text(text, encoding="utf-8")
        return self._folder / page_name(1)

    def _pictures(self, entry: Entry) -> Pictures:
        if entry.row.status in UNMEASURED:
            return Pictures()
        spectrogram, no_spectrogram = self._spectrogram(entry)
        return Pictures(
            level=level_picture(entry.row, entry.tracks, self._setting.bands) if entry.tracks else None,
            octaves=octave_picture(entry.row),
            spectrogram=spectrogram,
            no_spectrogram=no_spectrogram,
            opinion=self._opinion(entry),
        )

    def _spectrogram(self, entry: Entry) -> tuple[SpectrogramPicture | None, str | None]:
        words = self._setting.words
        if entry.file is None:
            return None, words("clip.no-audio")
        try:
            return spectrogram_picture(entry.row, entry.file), None
        except SignalError as error:  # gone or changed since it was measured: its numbers still stand
            return None, words("clip.no-spectrogram", code=error.code)

    def _opinion(self, entry: Entry) -> Opinion | None:
        """What the machine thinks of a flagged recording; the row and the list do not know of it."""
        severities = {CODES[code].severity for code in crossed_codes(entry.row)}
        if entry.file is None or not is_asked(severities, self._variety) or not is_installed():
            return None
        try:
            return opinion(entry.file)
        except SignalError:  # too long for it, gone, or changed: a page without an opinion lacks nothing
            return None


def _make_ready(folder: Path) -> None:
    """Make the folder; an older report in it goes, whatever else it holds is not ours to touch."""
    style = files("speechcorpus.workflows.report").joinpath("data", STYLE_SHEET).read_bytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            _clear(folder, style.splitlines()[0])
        (folder / "clips").mkdir(exist_ok=True)
        (folder / STYLE_SHEET).write_bytes(style)
    except OSError as error:
        raise StoreError("report.folder", f"cannot write a report to {folder}: {error.strerror}") from error


def _clear(folder: Path, signature: bytes) -> None:
    sheet = folder / STYLE_SHEET
    if not sheet.is_file() or not sheet.read_bytes().startswith(signature):
        sentence = f"{folder} holds something else: name an empty or a new folder for the report"
        raise StoreError("report.folder", sentence)
    for names, place in ((OWN_NAMES, folder), (OWN_CLIP_NAMES, folder / "clips")):
        for name in names:
            for old in place.glob(name):
                old.unlink()
