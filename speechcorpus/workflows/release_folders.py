"""Releases in folders: built for hand-over without the portal, and verified wherever they lie."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.audio.check import decode_checks
from speechcorpus.corpus.plan import Plan
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import Built, build_tree, tree_name
from speechcorpus.publish.extra import build_extra, extra_name
from speechcorpus.publish.shard_workers import worth_starting
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.verify import Options, Outcome, verify
from speechcorpus.store.blobs import sync_folder
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_building import self_verify
from speechcorpus.workflows.release_plans import Asked, keep_names, plan_from_catalogue


def build_into(store: Store, asked: Asked, out: Path) -> tuple[Path, str]:
    """Build a release into `out/<corpus>-<version>`; return the folder and the corpus id.

    Clips that would have leaked go into `out/<corpus>-<version>-extra`.

    The folder appears whole or not at all; a run that was killed is continued by the next.

    Raises
    ------
    ReleaseError : `release.exists` when the folder is there already; else as `plan_release`, `build_tree` and
        `self_verify`
    """
    name, beside = tree_name(asked.corpus, asked.version), extra_name(asked.corpus, asked.version)
    if (out / name).exists():
        raise ReleaseError("release.exists", f"{out / name} is there already")
    plan = plan_from_catalogue(store, asked)
    with store.catalogue.write() as session:
        keep_names(session, asked.corpus, plan)
    staging = out / f".staging-{name}"
    staging.mkdir(parents=True, exist_ok=True)
    built = build_tree(plan, staging, store.blobs.read, workers=worth_starting(plan.audio_bytes))
    self_verify(built)
    extra = build_extra(plan, staging / "extra", store.blobs.read)
    if extra is not None:
        _place_extra(extra, out / beside)  # first: where the release is, what its card names is there too
    built.root.rename(out / name)
    sync_folder(out)
    shutil.rmtree(staging)
    return out / name, built.corpus_id


def _place_extra(extra: Built, target: Path) -> None:
    """Move the extra tree to its place, where a run that was killed may have left the same."""
    if not target.exists():
        extra.root.rename(target)
    elif not (target / "SHA256SUMS").is_file() or digest_of(target / "SHA256SUMS") != extra.corpus_id:
        raise ReleaseError("release.exists", f"{target} is there already")


def plan_summary(plan: Plan) -> dict[str, object]:
    """Return what a plan would release, for a person to look at before building."""
    split = plan.release["split"]
    return {
        "corpus": plan.release["corpus"],
        "version": plan.release["version"],
        "clips": len(plan.rows),
        "splits": {
            name: {"clips": len(rows), "hours": round(sum(rows) / 3600, 4)}
            for name, rows in _durations(plan).items()
        },
        "excluded": plan.release["excluded"],
        "extra": plan.release["extra"],
        "warnings": list(plan.warnings),
        "groups": split["groups"] if isinstance(split, dict) else None,
        "refused": [
            {"segment": refusal.segment_id, "code": refusal.code, "detail": refusal.detail}
            for refusal in plan.refused
        ],
    }


def verify_folder(root: Path, options: Options) -> Iterator[Outcome]:
    """Yield the outcome of each check of the release in a folder."""
    yield from verify(root, decode_checks, options)


def _durations(plan: Plan) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"train": [], "dev": [], "test": []}
    for row in plan.rows:
        found[str(row["split"])].append(float(row["duration"] or 0))
    return found
