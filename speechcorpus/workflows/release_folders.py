"""Releases in folders: built for hand-over without the portal, and verified wherever they lie."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.audio.check import decode_check
from speechcorpus.corpus.plan import Plan
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree, tree_name
from speechcorpus.publish.verify import Options, Outcome, verify
from speechcorpus.store.blobs import sync_folder
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_plans import Asked, keep_names, plan_from_catalogue
from speechcorpus.workflows.releases import self_verify


def build_into(store: Store, asked: Asked, out: Path) -> tuple[Path, str]:
    """Build a release into `out/<corpus>-<version>`; return the folder and the corpus id.

    The folder appears whole or not at all; a run that was killed is continued by the next.

    Raises
    ------
    ReleaseError : `release.exists` when the folder is there already; else as `plan_release`, `build_tree` and
        `self_verify`
    """
    name = tree_name(asked.corpus, asked.version)
    if (out / name).exists():
        raise ReleaseError("release.exists", f"{out / name} is there already")
    plan = plan_from_catalogue(store, asked)
    with store.catalogue.write() as session:
        keep_names(session, asked.corpus, plan)
    staging = out / f".staging-{name}"
    staging.mkdir(parents=True, exist_ok=True)
    built = build_tree(plan, staging, store.blobs.read)
    self_verify(built)
    built.root.rename(out / name)
    sync_folder(out)
    shutil.rmtree(staging)
    return out / name, built.corpus_id


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
    yield from verify(root, decode_check, options)


def _durations(plan: Plan) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"train": [], "dev": [], "test": []}
    for row in plan.rows:
        found[str(row["split"])].append(float(row["duration"] or 0))
    return found
