"""What a release says to other tools, and what is held against it: NeMo, Croissant, consumers, localized."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import soundfile
from click.testing import CliRunner

from speechcorpus.cli.release import command
from speechcorpus.corpus.columns import COLUMNS
from speechcorpus.corpus.documents import json_document
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish import content, structure
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.bundles import listing
from speechcorpus.publish.consumers import CONSUMERS, EXTRA, why_absent
from speechcorpus.publish.consumers.checking import check_consumers
from speechcorpus.publish.croissant import CONTEXT, croissant
from speechcorpus.publish.derivation import check_derived
from speechcorpus.publish.localize import localize
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree, shard_descriptions
from tests.release_corpus import blob_reader, made_clips, planned

SPLITS = ("train", "dev", "test")
# SHA-256 of what mlcroissant 1.1.1 takes without a warning
GOLDEN = "aac5c9538b93729b550f5ddd245253b317b45ca544373c04dc19d9ae1049a685"
RAI = {"data_collection": "Asked in two towns.", "personal_sensitive_information": "Voices."}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    clips = made_clips(clips=12)
    plan = planned(clips, include_synthetic=True, rai=RAI, creator="臺語工作室", url="https://example.org/c/")
    return build_tree(plan, tmp_path_factory.mktemp("good"), blob_reader(clips).__getitem__).root


@pytest.fixture
def tree(good, tmp_path) -> Path:
    return Path(shutil.copytree(good, tmp_path / good.name))


@pytest.fixture(scope="module")
def described(good) -> dict:
    return json.loads((good / "croissant.json").read_bytes())


def rows(tree: Path) -> list[dict]:
    return [json.loads(line) for line in (tree / "clips.jsonl").read_bytes().splitlines()]


def manifest(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def sum_again(tree: Path) -> None:
    paths = [path for path in tree.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    (tree / "SHA256SUMS").write_bytes(listing((p.relative_to(tree).as_posix(), digest_of(p)) for p in paths))


def everything(root: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in root.rglob("*") if p.is_file()}


def test_a_nemo_manifest_leads_from_its_own_folder_to_the_audio_of_every_clip(good):
    by_id = {row["utt_id"]: row for row in rows(good)}
    for split in SPLITS:
        for said in manifest(good / f"nemo/{split}.jsonl"):
            row = by_id.pop(said["utt_id"])
            path = good / "nemo" / said["audio_filepath"]
            assert not Path(said["audio_filepath"]).is_absolute()
            assert digest_of(path) == row["sha256"]
            assert soundfile.info(path).duration == said["duration"]
            assert (said["text"], said["lang"], said["speaker"], row["split"]) == (
                row["text"],
                row["language"],
                row["speaker_id"],
                split,
            )
    assert not by_id


def test_only_nemo_manifests_hold_the_key_by_which_tools_know_them(good):
    found = [p for p in good.rglob("*") if p.is_file() and b'"audio_filepath"' in p.read_bytes()]
    assert sorted(p.relative_to(good).as_posix() for p in found) == [
        "nemo/dev.jsonl",
        "nemo/test.jsonl",
        "nemo/train.jsonl",
    ]


def test_croissant_names_every_parquet_shard_with_its_size_and_digest(good, described):
    objects = [one for one in described["distribution"] if one["@type"] == "cr:FileObject"]
    assert [one["@id"] for one in objects] == sorted(
        p.relative_to(good).as_posix() for p in good.glob("parquet/*.parquet")
    )
    for one in objects:
        path = good / one["contentUrl"]
        assert one["@id"] == one["name"] == one["contentUrl"]
        assert (one["contentSize"], one["sha256"]) == (f"{path.stat().st_size} B", digest_of(path))
        assert one["encodingFormat"] == "application/x-parquet"


def test_croissant_has_a_file_set_and_a_record_set_of_all_columns_for_each_split(good, described):
    sets = {one["@id"]: one for one in described["distribution"] if one["@type"] == "cr:FileSet"}
    columns = {"audio", *rows(good)[0]} - {"audio_path"}
    assert [one["@id"] for one in described["recordSet"]] == list(SPLITS)
    for records in described["recordSet"]:
        split = records["@id"]
        files = sets[f"{split}-parquet"]
        assert files["includes"] == f"parquet/{split}-*.parquet"
        assert "containedIn" not in files
        assert records["key"] == {"@id": f"{split}/utt_id"}
        assert {field["@id"] for field in records["field"]} == {f"{split}/{name}" for name in columns}
        audio = next(field for field in records["field"] if field["@id"] == f"{split}/audio")
        assert audio["dataType"] == "sc:AudioObject"
        assert audio["source"] == {
            "fileSet": {"@id": f"{split}-parquet"},
            "extract": {"column": "audio"},
            "transform": {"jsonPath": "bytes"},
        }


def test_croissant_says_who_made_it_under_which_licence_and_what_to_mind(described):
    assert described["@context"] == CONTEXT
    assert {"samplingRate", "equivalentProperty", "rai"} <= set(CONTEXT)
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert described["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert (described["version"], described["datePublished"]) == ("1.0.0", "2026-11-22")
    assert (described["creator"]["name"], described["url"]) == ("臺語工作室", "https://example.org/c/")
    assert described["isLiveDataset"] is False
    assert described["rai:dataCollection"] == "Asked in two towns."
    assert "text_status" in described["rai:dataAnnotationProtocol"]  # not asked, so what is always true
    assert described["rai:personalSensitiveInformation"] == "Voices."


def test_the_same_shards_are_described_in_the_same_bytes_for_ever():
    optional = [column.name for column in COLUMNS if not column.required]
    release = {
        "corpus": "golden-corpus",
        "version": "1.2.0",
        "title": "台語",
        "released_on": "2026-11-22",
        "license": "CC-BY-4.0",
        "absent_columns": optional,
        "rai": {},
    }
    row = {"format": "parquet", "split": "dev", "path": "parquet/dev-000003.parquet", "bytes": 7}
    document = json_document(croissant(release, [{**row, "sha256": "ab" * 32}]))
    assert hashlib.sha256(document).hexdigest() == GOLDEN


def test_a_release_without_parquet_is_described_without_files(good):
    tree = Tree(good)
    loose = [row for row in shard_descriptions(tree) if row["format"] != "parquet"]
    document = croissant(tree.sources.release, loose)
    assert (document["distribution"], document["recordSet"]) == ([], [])


def test_another_version_or_digest_in_croissant_is_found_by_name(tree):
    path = tree / "croissant.json"
    document = json.loads(path.read_bytes())
    path.write_bytes(json_document({**document, "version": "2.0.0"}))
    assert list(structure.check_version(Tree(tree))) == ["croissant.json says '2.0.0', release.json '1.0.0'"]
    path.write_bytes(json_document(document).replace(b"cr:FileSet", b"cr:FileSat", 1))
    (fault,) = check_derived(Tree(tree))
    assert fault.startswith("croissant.json: differs from what the sources give at byte")


def test_a_nemo_manifest_that_says_otherwise_is_found_by_name(tree):
    path = tree / "nemo/dev.jsonl"
    path.write_text(path.read_text("utf-8").replace('"text":"', '"text":"又', 1), "utf-8")
    (fault,) = check_derived(Tree(tree))
    assert fault.startswith("nemo/dev.jsonl: differs from what the sources give at byte")
    (fault,) = content.check_agree(Tree(tree))
    assert fault.startswith("nemo: spk")
    assert "text is" in fault


def test_what_is_not_installed_is_skipped_with_the_way_to_get_it_and_fails_only_if_required(good):
    found = {one.name: one for one in check_consumers(Tree(good), frozenset({"lhotse"}), broken=False)}
    assert list(found) == list(CONSUMERS)
    assert {found[name].status for name in ("espnet", "nemo")} == {"PASS"}
    for name, one in found.items():
        if absent := why_absent(name):
            assert one.status == ("FAIL" if name == "lhotse" else "SKIP")
            assert one.detail == f"{absent}; {CONSUMERS[name].install}"
            assert EXTRA in one.detail


def test_a_tree_that_failed_another_check_is_given_to_no_library(good):
    found = list(check_consumers(Tree(good), frozenset(), broken=True))
    assert {one.status for one in found} == {"SKIP"}
    assert {one.detail for one in found} == {
        "an earlier check failed, and what a broken tree says may be run by its reader"
    }
    required = check_consumers(Tree(good), frozenset({"all"}), broken=True)
    assert {one.status for one in required} == {"FAIL"}


def test_a_consumer_whose_bundle_is_not_here_says_which_and_fails_if_named(good):
    tree = Tree(good, frozenset({"nemo"}))
    found = {one.name: one for one in check_consumers(tree, frozenset({"shar"}), broken=True)}
    assert (found["shar"].status, found["shar"].detail) == ("FAIL", "needs shar, not here")
    assert (found["kaldi"].status, found["kaldi"].detail) == ("SKIP", "needs audio and kaldi, not here")


def test_localized_manifests_hold_absolute_paths_and_the_release_stays_untouched(good, tmp_path):
    before, out = everything(good), tmp_path / "local"
    done = CliRunner().invoke(command, ["localize", str(good), "--out", str(out)])
    corpus_id = digest_of(good / "SHA256SUMS")
    assert (done.exit_code, done.output) == (0, f"{out}\ncorpus id {corpus_id}\n")
    assert everything(good) == before
    assert sorted(path.name for path in out.iterdir()) == ["LOCALIZED.json", "kaldi", "nemo"]
    assert json.loads((out / "LOCALIZED.json").read_bytes())["corpus_id"] == corpus_id
    by_id = {row["utt_id"]: row["sha256"] for row in rows(good)}
    for split in SPLITS:
        lines = (out / f"kaldi/{split}/wav.scp").read_text("utf-8").splitlines()
        for utt_id, path in (line.split(" ", 1) for line in lines):
            assert Path(path).is_absolute()
            assert digest_of(Path(path)) == by_id[utt_id]
        for said in manifest(out / f"nemo/{split}.jsonl"):
            assert digest_of(Path(said["audio_filepath"])) == by_id.pop(said["utt_id"])
        assert (out / f"kaldi/{split}/text").read_bytes() == (good / f"kaldi/{split}/text").read_bytes()
    assert not by_id


def without_audio(tree):
    shutil.rmtree(tree / "audio")


def without_table(tree):
    (tree / "clips.jsonl").unlink()


def with_a_link(tree):
    path = next((tree / "audio").rglob("*.flac"))
    path.unlink()
    path.symlink_to("/etc/passwd")


def leading_outside(tree):
    path = tree / "clips.jsonl"
    path.write_bytes(path.read_bytes().replace(b"audio/train/", b"audio/../../", 1))
    sum_again(tree)


def under_a_name_that_shells_read(tree):
    tree.rename(tree.with_name("a$(b)"))


@pytest.mark.parametrize(
    ("breaks", "code", "says"),
    [
        (without_audio, "release.localize", "fetch the bundle audio first"),
        (without_table, "release.not-a-release", "clips.jsonl is missing"),
        (with_a_link, "release.broken", "not a regular file"),
        (leading_outside, "release.broken", "audio_path is 'audio/../../"),
        (under_a_name_that_shells_read, "release.localize", "cannot hold a path with '$'"),
    ],
)
def test_a_release_that_cannot_be_believed_or_led_to_is_not_localized(tree, tmp_path, breaks, code, says):
    breaks(tree)
    (root,) = tmp_path.iterdir()
    with pytest.raises(ReleaseError) as refused:
        localize(root, tmp_path / "local")
    assert refused.value.code == code
    assert says in str(refused.value)
    assert list(tmp_path.iterdir()) == [root]


def test_localized_manifests_go_neither_into_the_release_nor_over_anything(good, tmp_path):
    for out in (good, good / "kaldi" / "local", good / "kaldi" / ".." / "local"):
        with pytest.raises(ReleaseError, match="inside of the release"):
            localize(good, out)
    (tmp_path / "link").symlink_to(good)
    with pytest.raises(ReleaseError, match="inside of the release"):
        localize(good, tmp_path / "link" / "local")
    with pytest.raises(ReleaseError, match="is there already"):
        localize(good, tmp_path)


def test_where_nothing_can_be_written_localizing_says_so(good):
    with pytest.raises(ReleaseError) as refused:
        localize(good, Path("/proc/self/local"))
    assert refused.value.code == "release.write"
