"""Kaldi and NeMo manifests with absolute paths into a release, for toolkits that demand them, beside it."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from speechcorpus.corpus.documents import json_document
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish import content, structure
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.kaldi import kaldi_files
from speechcorpus.publish.nemo import nemo_files
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import EXPECTED_ERRORS

SPECIAL = re.compile(r"""[\s:\[\]|'"\\$;&<>()*?#!`\x00-\x1f]""")  # read otherwise by a scp file or its shell


def localize(root: Path, out: Path) -> str:
    """Write `out/kaldi`, `out/nemo` and `out/LOCALIZED.json`; return the corpus id. `root` stays untouched.

    `out` appears whole or not at all.

    Raises
    ------
    ReleaseError : `release.not-a-release`; `release.broken` when a digest or its table is wrong;
        `release.localize` when `out` is inside of `root` or `root` has no loose audio or a path that
        manifests cannot hold, `release.exists` when `out` is there already, `release.write`
    """
    root, out = root.resolve(), out.resolve()
    _check_place(root, out)
    tree = Tree(root, frozenset({"core"}))
    _check_tree(tree)
    _check_audio(tree)
    corpus_id = digest_of(root / "SHA256SUMS")
    try:
        _write(tree, out, corpus_id)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename or out}: {error.strerror or error}") from error
    return corpus_id


def _check_place(root: Path, out: Path) -> None:
    if out.is_relative_to(root):
        raise ReleaseError("release.localize", f"{out} is inside of the release: nothing there lists it")
    if os.path.lexists(out):
        raise ReleaseError("release.exists", f"{out} is there already")
    if found := SPECIAL.search(str(root)):
        raise ReleaseError(
            "release.localize",
            f"{root}: manifests cannot hold a path with {found.group()!r}; move the release elsewhere",
        )


def _check_tree(tree: Tree) -> None:
    """Refuse a release whose table cannot be believed: its paths and ids become lines that others run."""
    _ = tree.sources  # not a release: say so before anything else
    for check in (structure.check_paths, structure.check_sums, content.check_table):
        try:
            fault = next(check(tree), None)
        except EXPECTED_ERRORS as error:
            fault = str(error)
        if fault is not None:
            raise ReleaseError("release.broken", f"{tree.root.name}: {fault}")


def _check_audio(tree: Tree) -> None:
    for row in tree.sources.clips:
        if row["audio_path"] not in tree.entries:
            raise ReleaseError(
                "release.localize", f"{row['audio_path']} is not here: fetch the bundle audio first"
            )


def _write(tree: Tree, out: Path, corpus_id: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for derived in _manifests(tree, corpus_id):
            path = aside / derived.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.writelines(derived.chunks)
        aside.chmod(0o755)
        aside.rename(out)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def _manifests(tree: Tree, corpus_id: str) -> Iterator[Derived]:
    release, before = tree.sources.release, f"{tree.root}/"
    of = {"corpus": release["corpus"], "version": release["version"], "corpus_id": corpus_id}
    document = json_document({**of, "audio_in": str(tree.root)})
    told = Derived(path="LOCALIZED.json", chunks=iter([document]))
    return chain(kaldi_files(tree.sources, before), nemo_files(tree.sources, before), [told])
