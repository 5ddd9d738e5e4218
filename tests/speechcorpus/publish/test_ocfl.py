"""An OCFL object holds every version whole and every file once, under names an archive understands."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.editions import edition_in
from speechcorpus.publish.ocfl import Stored, write_object

WHEN = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(two_versions, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("objects") / "object"
    write_object([Stored(edition=edition_in(root), created=WHEN) for root in two_versions], out)
    return out


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_each_version_comes_out_of_the_object_as_it_was_published(two_versions, made):
    inventory = json.loads((made / "inventory.json").read_bytes())
    assert (inventory["head"], (made / "0=ocfl_object_1.1").read_text()) == ("v2", "ocfl_object_1.1\n")
    for number, root in enumerate(two_versions, 1):
        state = inventory["versions"][f"v{number}"]["state"]
        paths = {path: sha256 for sha256, logical in state.items() for path in logical}
        found = {p.relative_to(root).as_posix(): digest(p) for p in root.rglob("*") if p.is_file()}
        assert paths == found
        assert all(digest(made / inventory["manifest"][sha256][0]) == sha256 for sha256 in state)


def test_every_file_is_kept_once_and_every_inventory_has_its_digest(made):
    inventory = json.loads((made / "inventory.json").read_bytes())
    content = [p.relative_to(made).as_posix() for p in made.glob("v*/content/**/*") if p.is_file()]
    assert sorted(content) == sorted(path for (path,) in inventory["manifest"].values())
    assert (made / "v2" / "inventory.json").read_bytes() == (made / "inventory.json").read_bytes()
    assert json.loads((made / "v1" / "inventory.json").read_bytes())["versions"].keys() == {"v1"}
    for folder in (made, made / "v1", made / "v2"):
        said = (folder / "inventory.json.sha256").read_text()
        assert said == f"{digest(folder / 'inventory.json')} inventory.json\n"


def test_a_file_that_is_gone_or_changed_stops_it_and_nothing_is_left(two_versions, tmp_path):
    edition = edition_in(two_versions[0])
    for place, said in (
        (tmp_path / "gone", "its bytes are gone"),
        (Path(__file__), "not what they are called"),
    ):
        gone = type(edition.files["VERSION"])(find=lambda at=place: at, bytes=6, sha256="ab" * 32)
        lying = {**edition.files, "VERSION": gone}
        broken = type(edition)(files=lying, listed=edition.listed)
        with pytest.raises(ReleaseError, match=said):
            write_object([Stored(edition=broken, created=WHEN)], tmp_path / "out")
    with pytest.raises(ReleaseError, match="is there already"):
        write_object([Stored(edition=edition, created=WHEN)], tmp_path)
    assert list(tmp_path.iterdir()) == []
