"""The certificate on paper: one A4 page in Chinese and English, the signed document inside, a code to scan.

The same document gives the same bytes: no clock, no random number, fonts of our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import segno

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SittingError
from speechcorpus.work.certificate import compact_statement

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = resources.files("speechcorpus.workflows") / "certificate_data/NotoSansCJKtc-subset.woff"
FACE: Final = "certificate"
TYPES: Mapping[str, tuple[str, str]] = {
    "recording": ("錄音", "Recording"),
    "transcription": ("文字整理", "Transcription"),
    "review": ("審聽", "Review"),
    "audition": ("試音", "Audition"),
    "dialogue": ("對話錄音", "Dialogue"),
}
VARIETIES: Mapping[str, tuple[str, str]] = {
    "nan-TW": ("台語", "Taigi (nan-TW)"),
    "nan-CN": ("閩南語", "Minnan (nan-CN)"),
    "cmn-TW": ("台灣華語", "Taiwan Mandarin (cmn-TW)"),
}
BANDS: Mapping[str, tuple[str, str]] = {
    "low": ("● 低背景聲", "low background"),
    "medium": ("■ 中背景聲", "medium background"),
    "high": ("▲ 高背景聲", "high background"),
}
COLUMNS: Sequence[tuple[str, str, float]] = (
    ("工作", "Work", 98),
    ("件數", "Items", 18),
    ("採用的聲音（分鐘）", "Accepted audio (min)", 33),
    ("工時（小時）", "Hours worked", 25),
)
LEFT, WIDTH, QR_MM = 18, 174, 62
TABLE_MM, ROOMY_MM, TWO_LINES_MM = 84, 11.0, 8.0
INK, GREY, LINE = (22, 32, 31), (92, 104, 102), (205, 213, 211)


def certificate_pdf(document: Mapping[str, Any]) -> bytes:
    """Return the page of a signed certificate, not sealed yet.

    Raises
    ------
    SittingError : `certificate.characters` for a name or issuer that our font cannot print
    """
    require_printable("name", document["name"] or "")
    require_printable("issuer", document["issuer"])
    page = _page(document)
    _heading(page, document)
    _table(page, document)
    _chosen(page, document)
    _code(page, document)
    return bytes(page.output())


def require_printable(field: str, text: str) -> None:
    """Refuse a text with a character that our font does not have.

    Raises
    ------
    SittingError : `certificate.characters`
    """
    missing = "".join(sorted(set(text) - _printable()))
    if missing:
        why = f"the font of the certificate has no {missing!r}"
        raise SittingError("certificate.characters", why, field=field, characters=missing)


def printable(text: str) -> str:
    """Return the text with an empty square for every character that our font does not have."""
    return "".join(character if character in _printable() else "□" for character in text)


@cache
def _printable() -> frozenset[str]:
    # 0.2 s that only a certificate needs
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with resources.as_file(FONT) as path, TTFont(path) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _page(document: Mapping[str, Any]) -> FPDF:
    from fpdf import FPDF  # half a second that only a certificate needs

    issued = datetime.strptime(document["issued_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    page = FPDF(format="A4")
    page.set_creation_date(issued)
    page.set_title("數字工時證明 Certificate of digital work hours")
    page.set_producer("speechcorpus")
    page.set_lang("zh-Hant")
    page.set_auto_page_break(False)
    with resources.as_file(FONT) as path:
        page.add_font(FACE, fname=path)
    page.set_margin(LEFT)
    page.c_margin = 0
    page.add_page()
    page.embed_file(
        bytes=canonical_json(document) + b"\n",
        basename="certificate.json",
        desc="The signed certificate",
        creation_date=issued,
        modification_date=issued,
        compress=False,  # it lies in the file as it is, so that it is found without a reader of PDF
        checksum=True,
        mime_type="application/json",
    )
    return page


def _heading(page: FPDF, document: Mapping[str, Any]) -> None:
    _line(page, "數字工時證明", size=26, height=13)
    _line(page, "Certificate of digital work hours", size=13, height=8, colour=GREY)
    page.ln(5)
    facts = [("發給單位 Issued by", document["issuer"])]
    if document["name"]:
        facts.append(("姓名 Name", document["name"]))
    months = {document["period_from"]: 0, document["period_to"]: 0}
    facts.append(("期間 Period", " – ".join(months)))
    facts.append(("開立日期 Date", document["issued_at"][:10]))
    for label, value in facts:
        page.set_text_color(*GREY)
        page.set_font(FACE, size=9.5)
        page.cell(44, 7.5, label)
        page.set_text_color(*INK)
        page.set_font(FACE, size=11.5)
        page.cell(0, 7.5, value, new_x="LMARGIN", new_y="NEXT")
    page.ln(5)


def _table(page: FPDF, document: Mapping[str, Any]) -> None:
    for at, (chinese, _, width) in enumerate(COLUMNS):
        _cell(page, width, 5, chinese, size=9.5, colour=INK, right=at > 0)
    page.ln(5)
    for at, (_, english, width) in enumerate(COLUMNS):
        _cell(page, width, 5, english, size=8, colour=GREY, right=at > 0)
    page.ln(6.5)
    rows = [(_what(row), row) for row in document["rows"]] + [(("合計", "Total"), document["totals"])]
    height = min(ROOMY_MM, TABLE_MM / len(rows))
    for what, row in rows:
        page.set_draw_color(*LINE)
        page.line(LEFT, page.get_y(), LEFT + WIDTH, page.get_y())
        _row(page, what, _numbers(row), height)
    page.line(LEFT, page.get_y(), LEFT + WIDTH, page.get_y())
    page.ln(5)


def _row(page: FPDF, what: tuple[str, str], numbers: Iterable[str], height: float) -> None:
    """Draw one row: Chinese over English, side by side where there are many."""
    top, width = page.get_y(), COLUMNS[0][2]
    if height < TWO_LINES_MM:
        _cell(page, width, height, "　".join(what), size=6.5, colour=INK)
    else:
        page.set_y(top + height / 2)
        _cell(page, width, height * 0.4, what[1], size=8, colour=GREY)
        page.set_y(top)
        _cell(page, width, height * 0.6, what[0], size=10.5, colour=INK)
    for text, (_, _, room) in zip(numbers, COLUMNS[1:], strict=True):
        _cell(page, room, height, text, size=min(10.5, height * 1.6), colour=INK, right=True)
    page.set_xy(LEFT, top + height)


def _what(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the kind of work, with what the holder asked for, in Chinese and in English."""
    parts = [TYPES[row["type"]]]
    parts += [VARIETIES[row["variety"]]] if row["variety"] else []
    parts += [BANDS[row["band"]]] if row["band"] else []
    chinese, english = zip(*parts, strict=True)
    return "・".join(chinese), ", ".join(english)


def _numbers(row: Mapping[str, Any]) -> Iterable[str]:
    return f"{row['items']:,}", row["audio_min"], row["worked_h"]


def _chosen(page: FPDF, document: Mapping[str, Any]) -> None:
    if document["acceptance_pct"] is not None:
        _line(page, f"通過率 Accepted　{document['acceptance_pct']} %", size=10.5, height=7)
    if document["amount_minor"] is not None:
        money = _amount(document["amount_minor"], document["exponent"])
        _line(page, f"報酬 Pay　{document['currency']} {money}", size=10.5, height=7)
    for text in (
        "工時是實際工作的時間：裝置檢查、錄音、重錄、文字整理、等我們上傳和檢查；停下來的時間不算。",
        "Hours are time worked: checks, recording, retakes, writing, waiting for us. Breaks do not count.",
    ):
        _line(page, text, size=8.5, height=5, colour=GREY)


def _amount(minor: int, exponent: int) -> str:
    whole, rest = divmod(minor, 10**exponent)
    return f"{whole:,}.{rest:0{exponent}d}" if exponent else f"{whole:,}"


def _code(page: FPDF, document: Mapping[str, Any]) -> None:
    """Draw the code as filled squares, and say beside it how the page is checked."""
    top = 297 - LEFT - QR_MM - 6
    page.set_fill_color(0, 0, 0)
    code = segno.make(compact_statement(document), error="m", micro=False, boost_error=False, mode="byte")
    matrix = [list(row) for row in code.matrix]
    module = QR_MM / len(matrix)
    for y, row in enumerate(matrix):
        for start, length in _dark(row):
            page.rect(LEFT + start * module, top + y * module, length * module, module, style="F")
    told = (
        ("這份證明不用問我們也能查驗", "This page can be checked without asking us"),
        ("掃描方碼，把文字存成檔案；或用這份 PDF", "Scan the code and save its text, or take this PDF"),
        ("speechcorpus certificate verify FILE --key KEY.pem", ""),
        ("金鑰 Key", document["key_id"]),
        ("編號 Certificate", document["certificate_id"]),
    )
    page.set_xy(LEFT + QR_MM + 8, top)
    for chinese, english in told:
        for text, colour in ((chinese, INK), (english, GREY)):
            if text:
                page.set_x(LEFT + QR_MM + 8)
                _line(page, text, size=9, height=5.5, colour=colour)
        page.ln(2)


def _dark(row: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield start and length of each dark run of a row: fewer shapes, and no seams between them.

    Examples
    --------
    >>> list(_dark([1, 1, 0, 1]))
    [(0, 2), (3, 1)]
    """
    start = None
    for at, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = at
        if not dark and start is not None:
            yield start, at - start
            start = None


def _line(page: FPDF, text: str, *, size: float, height: float, colour: tuple[int, int, int] = INK) -> None:
    page.set_font(FACE, size=size)
    page.set_text_color(*colour)
    page.cell(0, height, text, new_x="LMARGIN", new_y="NEXT")


def _cell(
    page: FPDF,
    width: float,
    height: float,
    text: str,
    *,
    size: float,
    colour: tuple[int, int, int],
    right: bool = False,
) -> None:
    page.set_font(FACE, size=size)
    page.set_text_color(*colour)
    page.cell(width, height, text, align="R" if right else "L")
