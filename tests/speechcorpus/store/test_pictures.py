"""Pictures are files one may throw away: a tile is found in them, or there is none."""

import json

import pytest

from speechcorpus.store.pictures import Pictures

ITEM = "ab" * 32
LENGTHS = {"wave": [[2, 3], [1]], "spectrum": [[4]], "level": [[]]}
TILES = [b"aa", b"bbb", b"c", b"dddd"]


@pytest.fixture
def pictures(tmp_path):
    kept = Pictures(tmp_path)
    kept.put(ITEM, 1, {"frames": 9}, LENGTHS, TILES)
    return kept


def read(place):
    return place.path.read_bytes()[place.offset :][: place.length]


def test_every_tile_is_found_again(pictures):
    places = [("wave", 0, 0), ("wave", 0, 1), ("wave", 1, 0), ("spectrum", 0, 0)]
    assert [read(pictures.tile(ITEM, 1, *place)) for place in places] == TILES


@pytest.mark.parametrize(
    "place", [("wave", 0, 2), ("wave", 0, -1), ("level", 0, 0), ("wave", 9, 0), ("x", 0, 0)]
)
def test_what_was_not_drawn_is_not_found(pictures, place):
    assert pictures.tile(ITEM, 1, *place) is None


def test_another_version_is_another_picture_and_all_are_dropped_together(pictures):
    assert not pictures.exists(ITEM, 2)
    assert pictures.facts(ITEM, 2) is None
    assert pictures.tile(ITEM, 2, "wave", 0, 0) is None
    pictures.put(ITEM, 2, {"frames": 10}, {}, [])
    assert pictures.facts(ITEM, 1) == {"frames": 9}
    assert pictures.drop(ITEM) == 2
    assert not pictures.exists(ITEM, 1)


def test_a_picture_is_whole_or_not_there(pictures, tmp_path):
    def breaks():
        yield b"aa"
        raise OSError("disk full")

    with pytest.raises(OSError, match="full"):
        pictures.put(ITEM, 1, {"frames": 1}, LENGTHS, breaks())
    assert pictures.facts(ITEM, 1) == {"frames": 9}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{ITEM}-1"]
    assert json.loads((tmp_path / "ab" / f"{ITEM}-1").read_bytes().split(b"\n")[0])["facts"] == {"frames": 9}


def test_a_name_never_leads_out_of_the_folder(pictures):
    with pytest.raises(ValueError, match="SHA-256"):
        pictures.tile("../../etc/passwd", 1, "wave", 0, 0)
