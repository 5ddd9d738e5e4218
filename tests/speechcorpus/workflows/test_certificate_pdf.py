import logging
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner

from speechcorpus.cli.certificate import command
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SittingError
from speechcorpus.work.certificate import CertificateRow, compact_statement, issue_certificate
from speechcorpus.work.certificate_seal import sealed
from speechcorpus.work.keys import public_pem
from speechcorpus.workflows.certificate_pdf import certificate_pdf, require_printable
from tests.speechcorpus.work.test_certificate import DOCUMENT, FIELDS, KEY, ROWS

FULL = {"acceptance_pct": "98.3", "amount_minor": 146500, "currency": "TWD", "exponent": 2}
ONE = Decimal(1)
MANY = tuple(
    CertificateRow(type=kind, variety="cmn-TW", band=band, items=120, audio_min=ONE, worked_h=ONE)
    for kind in ("recording", "transcription", "dialogue", "audition")
    for band in ("low", "medium", "high")
)  # fmt: skip


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "key.pem"
    path.write_text(public_pem(KEY.public_key()))
    return str(path)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "certificate.pdf"
    path.write_bytes(sealed(certificate_pdf(DOCUMENT), KEY))
    return path


def run(what, key, *options):
    return CliRunner().invoke(command, ["verify", str(what), "--key", key, *options])


def test_the_code_is_read_from_a_raster_of_150_dpi_and_verified_with_the_key_alone(pdf, key):
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(page)
    assert code.text == compact_statement(DOCUMENT)
    checked = run(code.text, key)
    assert (checked.exit_code, checked.output.splitlines()[:3]) == (
        0,
        ["valid", "issued by 台語語音資料庫", "period 2026-09 to 2026-11"],
    )


@pytest.fixture(scope="module")
def full():
    """Twelve rows, a long name, everything ticked."""
    return issue_certificate({**FIELDS, **FULL, "name": "陳" * 40}, MANY, KEY)


@pytest.fixture(scope="module")
def full_page(full):
    file = pypdfium2.PdfDocument(certificate_pdf(full))
    yield file[0]
    file.close()


def test_the_longest_statement_is_read_from_paper_too(full, full_page):
    (code,) = zxingcpp.read_barcodes(full_page.render(scale=150 / 72).to_pil())
    assert code.text == compact_statement(full)


def test_the_same_document_gives_the_same_bytes(pdf):
    assert sealed(certificate_pdf(DOCUMENT), KEY) == pdf.read_bytes()


def test_the_pdf_its_attachment_and_its_json_verify(pdf, key, tmp_path):
    inside = pypdfium2.PdfDocument(pdf).get_attachment(0)
    assert inside.get_name() == "certificate.json"
    assert bytes(inside.get_data()).strip() == canonical_json(DOCUMENT)
    (tmp_path / "certificate.json").write_bytes(inside.get_data())
    assert run(pdf, key).exit_code == run(tmp_path / "certificate.json", key).exit_code == 0


def test_only_what_was_ticked_is_printed(full_page):
    plain = pypdfium2.PdfDocument(certificate_pdf(issue_certificate(FIELDS, [ROWS[0]], KEY)))[0]
    words, all_words = (page.get_textpage().get_text_bounded() for page in (plain, full_page))
    for word in ("姓名", "陳陳陳", "通過率", "98.3", "報酬", "1,465.00"):
        assert word in all_words
        assert word not in words
    assert "合計" in words


def test_a_changed_byte_of_the_pdf_is_found(pdf, key, tmp_path):
    changed = tmp_path / "changed.pdf"
    whole = pdf.read_bytes()
    for at in range(100, len(whole), len(whole) // 50):
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert run(changed, key).exit_code != 0, at


def test_what_is_no_certificate_is_unreadable(tmp_path, key):
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    for what in (tmp_path / "x.pdf", tmp_path / "nowhere.json"):
        assert run(what, key).exception.code == "certificate.unreadable"


@pytest.mark.parametrize("name", ["陳怡君", "游錫堃", "Tân Î-kun", "陳丽华", "Tsai, A.-M.", "張黃妤"])
def test_names_from_taiwan_can_be_printed(name):
    require_printable("name", name)


def test_every_word_of_the_page_is_in_its_font(caplog):
    with caplog.at_level(logging.WARNING):
        certificate_pdf(issue_certificate({**FIELDS, **FULL, "name": "Tân Î-kun"}, MANY, KEY))
    assert caplog.records == []


def test_a_name_with_a_character_that_the_font_lacks_is_refused_and_the_character_named():
    with pytest.raises(SittingError) as refused:
        require_printable("name", "陳𠀋君")
    assert (refused.value.code, refused.value.facts["characters"]) == ("certificate.characters", "𠀋")
