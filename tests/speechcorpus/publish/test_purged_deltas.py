"""A copy that has forgotten a voice goes on: a delta leads to a version without it, or says what to do."""

import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.corpus.purging import remaining, remaining_consents, remaining_release, remaining_rows
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.apply_delta import apply_delta
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.delta import write_delta_file
from speechcorpus.publish.signature import sign
from tests.editions import write_version
from tests.marked import KEY, MARKER, feed, marked_corpus, names_in, outcomes, purge, snapshot
from tests.release_corpus import blob_reader, made_clip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return marked_corpus(tmp_path_factory.mktemp("corpus"))


def patch_of(corpus, folder, version, *names):
    """The version that the house builds after these withdrawals: the one before it, purged, and signed."""
    told, plan = feed(*names), corpus.plan
    gone, left = told.withdrawn, remaining(plan.rows, told.withdrawn)
    formats = plan.release["formats"]
    release = remaining_release(plan.release, gone, left, version=version, formats=formats)
    patch = replace(
        plan,
        rows=tuple(remaining_rows(plan.rows, gone, left)),
        consents=tuple(remaining_consents(plan.consents, left)),
        withdrawals=(plan.withdrawals[0], *({**row, "first_absent_version": version} for row in told.rows)),
        release={**release, "released_on": "2026-11-27"},
        changelog=gone.hide(f"## {version}\n\n- {len(names)} withdrawn\n\n{plan.changelog}"),
    )
    tree = build_tree(patch, folder, blob_reader(corpus.clips).__getitem__).root
    sign(tree, KEY)
    return tree


@pytest.fixture(scope="module")
def patch(corpus, tmp_path_factory):
    """The patch without the voice, and the delta that leads to it from the version that held it."""
    folder = tmp_path_factory.mktemp("patch")
    new = patch_of(corpus, folder, "1.0.1", corpus.speaker)
    write_delta_file(corpus.tree, new, folder / "delta.tar")
    return new, folder / "delta.tar"


@pytest.mark.parametrize(
    "bundles", [(), ("parquet",), ("shar",), ("webdataset", "audio"), ("audio", "kaldi", "lhotse", "nemo")]
)
def test_a_purged_copy_of_any_bundles_takes_the_delta_to_the_patch_and_is_the_signed_version_again(
    corpus, patch, tmp_path, bundles
):
    new, delta = patch
    root = corpus.copy(tmp_path, *bundles)
    assert purge(root, feed(corpus.speaker)).version_after == "1.0.0+w1"
    before = snapshot(root)
    done = CliRunner().invoke(
        cli, ["release", "apply-delta", str(root), str(delta), "--out", str(tmp_path / "out")]
    )
    assert (done.exit_code, "1.0.1, corpus id" in done.output) == (0, True), done.output
    here = {"core", *bundles} if bundles else {bundle_of(path.as_posix()) for path in snapshot(new)}
    wanted = {path: digest for path, digest in snapshot(new).items() if bundle_of(path.as_posix()) in here}
    assert snapshot(tmp_path / "out") == wanted
    assert outcomes(tmp_path / "out")["signature"] == "NOTICE"  # valid, by a key that nobody has pinned
    assert "FAIL" not in outcomes(tmp_path / "out").values()
    assert snapshot(root) == before


def test_a_copy_that_lags_behind_the_patch_is_told_to_catch_up_and_then_goes_on(corpus, patch, tmp_path):
    split = next(row["split"] for row in corpus.plan.rows if row["speaker_id"] == corpus.speaker)
    second = next(
        str(row["utt_id"])
        for row in corpus.plan.rows
        if row["split"] == split and row["speaker_id"] != corpus.speaker
    )
    new = patch_of(corpus, tmp_path, "1.0.1", corpus.speaker, second)
    write_delta_file(corpus.tree, new, tmp_path / "delta.tar")
    root = corpus.copy(tmp_path, "webdataset")
    purge(root, feed(corpus.speaker))
    said = refused("release.purged-base", root, tmp_path / "delta.tar", tmp_path)
    assert f"webdataset/{split}-000000.tar cannot be made of this copy" in said
    assert "(apply-withdrawals, newest feed) and try again" in said
    purge(root, feed(corpus.speaker, second))
    made = apply_delta(root, tmp_path / "delta.tar", tmp_path / "out")
    assert (made.version, made.bundles) == ("1.0.1", ("core", "webdataset"))


def test_where_new_clips_came_too_a_bundle_is_downloaded_and_all_else_is_made(corpus, tmp_path):
    """What the refusal proposes is done to the letter, and ends in the new version."""
    names = {**corpus.plan.new_names}
    later = [clip for clip in corpus.clips if MARKER not in str(clip.candidate.facts["text"])]
    later += [made_clip(60 + i, speaker=1 + i % 8) for i in range(24)]
    rows = {str(row["utt_id"]) for row in corpus.plan.rows if row["speaker_id"] == corpus.speaker}
    new, _ = write_version(
        tmp_path / "new",
        later,
        "1.1.0",
        before=corpus.tree,
        names=names,
        withdrawn=sorted(rows),
        include_synthetic=True,
    )
    write_delta_file(corpus.tree, new, tmp_path / "delta.tar")
    root = corpus.copy(tmp_path, "webdataset", "audio")
    purge(root, feed(corpus.speaker))
    said = refused("release.purged-base", root, tmp_path / "delta.tar", tmp_path)
    assert (
        "move webdataset/ out of the copy, apply the delta to the rest, and download webdataset.tar" in said
    )
    shutil.rmtree(root / "webdataset")
    out = apply_delta(root, tmp_path / "delta.tar", tmp_path / "out").root
    shutil.copytree(new / "webdataset", out / "webdataset")
    wanted = {
        p: d for p, d in snapshot(new).items() if bundle_of(p.as_posix()) in ("core", "audio", "webdataset")
    }
    assert snapshot(out) == wanted


def test_a_purged_copy_takes_no_delta_of_another_version(corpus, patch, tmp_path):
    new, _ = patch
    write_delta_file(new, new, tmp_path / "delta.tar")
    root = corpus.copy(tmp_path, "webdataset")
    purge(root, feed(corpus.speaker))
    said = refused("release.other-base", root, tmp_path / "delta.tar", tmp_path)
    assert said.endswith("get the delta that begins at 1.0.0")


def refused(code, root, delta, folder):
    before, beside = snapshot(root), names_in(folder)
    with pytest.raises(ReleaseError) as caught:
        apply_delta(root, delta, folder / "out")
    assert caught.value.code == code, str(caught.value)
    assert (snapshot(root), names_in(folder)) == (before, beside)
    return str(caught.value)
