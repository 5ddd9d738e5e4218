"""A manager's folder of terms and consent texts."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.domain.errors import SpeechCorpusError, TermsError
from speechcorpus.store.store import open_store
from speechcorpus.workflows.consent_texts import consent_texts
from speechcorpus.workflows.terms_files import read_consent_texts, read_terms

DEMO = Path(str(files("speechcorpus.workflows"))) / "demo_data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in DEMO.glob("consent_*.md"):
        shutil.copy(file, tmp_path)
    shutil.copy(DEMO / "terms_nan-TW.toml", tmp_path)
    return tmp_path


def test_terms_find_their_consent_texts_beside_them(folder: Path) -> None:
    path = folder / "terms_nan-TW.toml"
    assert set(read_consent_texts(path, read_terms(path))) == {"zh-Hant", "zh-Hans", "nan-Hant", "en"}


def test_published_terms_read_like_the_file_they_came_from(folder: Path) -> None:
    terms = read_terms(folder / "terms_nan-TW.toml")
    (folder / "terms.json").write_text(terms.to_document(), encoding="utf-8")
    assert read_terms(folder / "terms.json") == terms


def test_a_missing_language_is_named(folder: Path) -> None:
    path = folder / "terms_nan-TW.toml"
    (folder / "consent_nan-Hant.md").unlink()
    with pytest.raises(TermsError, match=r"consent\.text: there is no consent_nan-Hant\.md"):
        read_consent_texts(path, read_terms(path))


def test_a_text_that_changed_is_not_the_one_agreed_to(folder: Path) -> None:
    path = folder / "terms_nan-TW.toml"
    with (folder / "consent_en.md").open("a") as file:
        file.write("One more thing.\n")
    with pytest.raises(TermsError, match=r"consent\.sha256: these texts are [0-9a-f]{64}"):
        read_consent_texts(path, read_terms(path))


def test_terms_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "terms.toml").write_bytes(b"\xff")
    with pytest.raises(SpeechCorpusError, match="not UTF-8"):
        read_terms(tmp_path / "terms.toml")


def test_an_opened_project_keeps_the_text_that_people_will_agree_to(folder: Path, tmp_path: Path) -> None:
    data, terms = tmp_path / "data", folder / "terms_nan-TW.toml"
    for arguments in (
        ["people", "invite", "--data", str(data), "--role", "manager", "--name", "Lîm"],
        ["project", "create", "--data", str(data), str(terms)],
    ):
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == 0, result.output
    store = open_store(data)
    kept = consent_texts(store, read_terms(terms).consent.sha256)
    store.catalogue.close()
    assert kept == read_consent_texts(terms, read_terms(terms))


def test_a_consent_text_for_the_next_terms_is_kept_and_named_by_its_hash(
    folder: Path, tmp_path: Path
) -> None:
    command = ["project", "texts", "--data", str(tmp_path / "data"), str(folder / "consent")]
    result = CliRunner().invoke(cli, command)
    assert result.output.strip() == read_terms(folder / "terms_nan-TW.toml").consent.sha256
    store = open_store(tmp_path / "data")
    assert set(consent_texts(store, result.output.strip())) == {"zh-Hant", "zh-Hans", "nan-Hant", "en"}
    store.catalogue.close()
    (folder / "consent_en.md").unlink()
    refused = CliRunner().invoke(cli, command)
    assert isinstance(refused.exception, TermsError)
