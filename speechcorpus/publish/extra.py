"""The tree of the clips that were good enough, but would have leaked: beside the release, never inside it."""

from pathlib import Path

from speechcorpus.corpus.documents import json_line
from speechcorpus.corpus.plan import Plan
from speechcorpus.publish.build import Built, OpenBlob, check_paths, tree_name
from speechcorpus.publish.bundles import listing
from speechcorpus.publish.shards import checked
from speechcorpus.publish.staging import Staging


def extra_name(corpus: str, version: str) -> str:
    """Return the name of the folder: `taigi-noise-1.2.0-extra`."""
    return f"{tree_name(corpus, version)}-extra"


def build_extra(plan: Plan, folder: Path, open_blob: OpenBlob, *, durable: bool = True) -> Built | None:
    """Write clips, their table and the list of digests into `folder`; None when there is no such clip.

    A run that was killed is continued. Which split each clip would be in is said by the set lists of the
    release and by the columns `speaker_split` and `sentence_split`.

    Parameters
    ----------
    folder : a staging folder of its own; the tree becomes `folder/<corpus>-<version>-extra`
    durable : False when the files are copied to a durable place next, and this folder is then removed

    Raises
    ------
    ReleaseError : `release.fixity` when a blob is not what it is called, `release.path`
    """
    if not plan.extra_rows:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    staging = Staging(folder, extra_name(str(plan.release["corpus"]), str(plan.release["version"])))
    try:
        table = staging.put("clips.jsonl", map(json_line, plan.extra_rows))
        for row in plan.extra_rows:
            path, sha256 = str(row["audio_path"]), str(row["sha256"])
            if not staging.reuse(path, made_of=sha256):
                staging.put_whole(path, checked(row, open_blob(sha256)), sha256=sha256)
        digests = [(written.path, written.sha256) for written in staging.files.values()]
        sums = staging.put("SHA256SUMS", [listing(digests)])
        check_paths(staging)
        staging.finish(durable=durable)
    except BaseException:
        staging.abandon()
        raise
    files = tuple(staging.files[path] for path in sorted(staging.files))
    return Built(root=staging.root, corpus_id=sums.sha256, content_id=table.sha256, files=files)
