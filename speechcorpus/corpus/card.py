"""The dataset card: `README.md` of a release, derived from its sources alone."""

import json
from collections.abc import Mapping, Sequence

from speechcorpus.corpus import card_numbers
from speechcorpus.corpus.column_meanings import MEANINGS
from speechcorpus.corpus.columns import absences, present_columns
from speechcorpus.corpus.documents import markdown_table
from speechcorpus.corpus.evaluating import evaluating
from speechcorpus.corpus.settings import FORMATS
from speechcorpus.corpus.snippets import snippets
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.statistics import Statistics

Document = Mapping[str, object]
LANGUAGES = {"nan-TW": "nan", "nan-CN": "nan", "cmn-TW": "zh"}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
VARIETIES = {
    "nan-TW": "Minnan as spoken in Taiwan (Taigi)",
    "nan-CN": "Minnan as spoken in Fujian",
    "cmn-TW": "Mandarin as spoken in Taiwan",
}
CONTENTS = {
    "audio": "FLAC files, one a clip, with `metadata.csv` beside them",
    "parquet": "audio and table together",
    "lhotse": "recordings, supervisions and cuts (needs `audio`)",
    "shar": "Lhotse Shar, cuts and audio in shards",
    "webdataset": "audio, table row and text of each clip, in tar shards",
    "kaldi": "data directories, to be read from the root of the tree (needs `audio`)",
    "nemo": "manifests with paths relative to their folder (needs `audio`)",
}
DIALOGUES = """
Two people who talk with each other are in one split, each under a `session_id` of their own. Where
`dialogue_track` is `own`, each spoke into a device of their own: a clip holds that speaker, and the other
only as far as they leaked in. Where it is `shared`, one microphone heard both. `dialogues.jsonl` names each
talk, who speaks in it and how their tracks were laid beside each other; `dialogue_start_s` places every clip
on that time, so that two channels can be put together from the clips (*Loading*). Clips that were not
accepted, or were withdrawn, leave their time silent. The audio itself was never stretched or shifted.
"""
WARNINGS = {
    "split.few-speakers": (
        "fewer than 20 independent speaker groups, so one speaker is more than 5 % of a held-out split; read "
        "error rates with that in mind."
    ),
    "split.cap-broken": (
        "dev or test holds more than a ninth of the time in train, because train lost voices to withdrawals; "
        "the next major version draws the splits anew."
    ),
}


def card(release: Document, statistics: Statistics, leaks: int) -> str:
    """Return `README.md`.

    Parameters
    ----------
    release : `release.json`
    leaks : number of things that two splits share and must not, from `leakage.json`
    """
    parts = [
        _header(release, statistics),
        _what(release, statistics),
        card_numbers.hours(release, statistics),
        _loading(release),
        evaluating(),
        _columns(release),
        card_numbers.noise(release, statistics),
        card_numbers.more(release, statistics),
        _splits(release, statistics, leaks),
        _rights(release, statistics),
        _verifying(release),
        _citation(release),
    ]
    return "\n".join(parts)


def languages(statistics: Statistics) -> list[str]:
    """Return the ISO 639 codes of the varieties in the release."""
    return sorted({LANGUAGES[language] for language, _, _ in statistics.by_cell})


def formats_of(release: Document) -> list[str]:
    """Return the formats of a release beside `core`, in the order they are listed everywhere."""
    listed = release["formats"]
    return [name for name in FORMATS if isinstance(listed, Sequence) and name in listed]


def _header(release: Document, statistics: Statistics) -> str:
    lines = [
        "---",
        f"pretty_name: {json.dumps(release['title'], ensure_ascii=False)}",
        f"language: {json.dumps(languages(statistics))}",
        f"license: {str(release['license']).lower()}",
        "task_categories: [automatic-speech-recognition]",
        f"size_categories: [{_size(statistics.total.clips)}]",
        "tags: [speech, minnan, taigi, taiwan-mandarin, noise]",
    ]
    if "parquet" in formats_of(release):
        lines += [
            "configs: [{config_name: default, default: true, data_files: [",
            '  {split: train, path: "parquet/train-*.parquet"},',
            '  {split: validation, path: "parquet/dev-*.parquet"},',
            '  {split: test, path: "parquet/test-*.parquet"}]}]',
        ]
    return "\n".join([*lines, "---", ""])


def _what(release: Document, statistics: Statistics) -> str:
    spoken = sorted({VARIETIES[language] for language, _, _ in statistics.by_cell})
    synthetic = statistics.by_column["source_kind"].get("synthetic")
    share = "" if synthetic is None else _synthetic(synthetic.clips, statistics.total.clips)
    return (
        f"# {release['title']} {release['version']}\n\n"
        f"{statistics.total.clips} clips, {statistics.total.seconds / 3600:.2f} hours, "
        f"{len(statistics.total.speakers)} speakers: {'; '.join(spoken)}. "
        "Recorded in the browser under a required band of background noise; every clip carries its measured "
        f"noise level, its signal-to-noise ratio and a transcript. Released on {release['released_on']} as "
        f"{release['sample_rate']} Hz mono FLAC.\n{share}"
    )


def _synthetic(clips: int, total: int) -> str:
    whom = "All" if clips == total else f"{clips} of {total}"
    return f"\n**{whom} clips are synthetic voices** (`source_kind` = `synthetic`), not people.\n"


def _loading(release: Document) -> str:
    formats = formats_of(release)
    listed = "".join(f"- `{name}`: {CONTENTS[name]}\n" for name in formats)
    text = "".join(f"### {s.title}\n\n```{s.language}\n{s.code}```\n\n" for s in snippets(release))
    return (
        "## Loading\n\nFetch the bundle `core` and one format; nobody needs all. All paths are "
        "relative to the "
        "root of the tree, and the snippets run there. Clips lie in order of speaker: shuffle with a "
        "buffer of "
        f"at least 10,000, or shuffle the manifest.\n\n{listed}\n{text}".rstrip("\n")
        + "\n"
    )


def _columns(release: Document) -> str:
    absent = release["absent_columns"]
    names = [str(name) for name in absent] if isinstance(absent, Sequence) else []
    columns = present_columns(absences(release))
    rows = [
        [f"`{column.name}`", column.kind, "" if column.required else "yes", MEANINGS[column.name]]
        for column in columns
    ]
    left_out = ", ".join(f"`{name}`" for name in names) or "none"
    return (
        "## Columns\n\n`clips.jsonl` holds one row a clip, every format the same columns.\n\n"
        + markdown_table(["column", "type", "may be null or `none`", "meaning"], rows)
        + f"\nLeft out because no clip has a value: {left_out}.\n"
        + (DIALOGUES if "dialogue_talk" in {column.name for column in columns} else "")
    )


def _splits(release: Document, statistics: Statistics, leaks: int) -> str:
    extra, split = release["extra"], release["split"]
    beside = len(extra) if isinstance(extra, Sequence) else 0
    warnings = split.get("warnings", ()) if isinstance(split, Mapping) else ()
    warned = "".join(f"\n**`{code}`**: {words}\n" for code, words in WARNINGS.items() if code in warnings)
    sizes = ", ".join(
        f"{split} {100 * statistics.by_split[split].seconds / statistics.total.seconds:.1f} %"
        for split in SPLITS
    )
    return (
        f"## Splits and leakage\n\n{sizes} of the hours. Speakers, sessions, dialogues, read prompts and "
        f"sentences are disjoint between all three: {leaks} things shared that must not be (`leakage.json`, "
        "which also counts near-duplicates, shared topics and devices, and how far dev and test are from the "
        "mixture of the whole). A speaker never changes split within a major version. "
        f"{beside} further clips would have leaked, or made dev or test too large, and are not in this tree"
        f"{_where_extra(release, beside)}; `sets/strict-speaker.tsv` and `sets/strict-sentence.tsv` list how "
        f"all clips fall if only speakers, or only sentences, have to be disjoint.\n{warned}"
    )


def _where_extra(release: Document, clips: int) -> str:
    name = f"{release['corpus']}-{release['version']}-extra"
    return f" but in another one, `{name}`, with audio and rows" if clips else ""


def _rights(release: Document, statistics: Statistics) -> str:
    return (
        f"## Licence, consent, withdrawal\n\n{release['license']}, text in `LICENSE`. Every speaker of these "
        f"{statistics.total.clips} clips has consented to the release under that licence; `consents.jsonl` "
        "names purposes, text version and date, and no person. `voice_synthesis` says clip by clip whether "
        "the speaker also agreed to building voices. Do not try to identify speakers.\n\n"
        "A speaker may withdraw at any time, one clip or all, on their own page of the recorder or by "
        "writing to the maintainers (`DATASHEET.md`, Maintenance). Later versions leave the voice out, and a "
        "signed list of what was withdrawn is kept where this release was downloaded, at "
        f"`/releases/{release['corpus']}/withdrawals.jsonl` with its signature at "
        "`withdrawals.jsonl.sig`. Fetch both now and then, and from beside this folder delete what they "
        "name:\n\n"
        f"```sh\nspeechcorpus release apply-withdrawals {release['corpus']}-{release['version']} "
        "--feed withdrawals.jsonl --receipt receipt.json\n```\n\n"
        "It checks signature and tree, rewrites only what the voice was in, needs no network, decodes "
        "nothing, and leaves a valid release and a receipt. Caches, copies elsewhere and trained models it "
        f"cannot reach: you must see to those.{_in_extra(release)}\n"
    )


def _in_extra(release: Document) -> str:
    words = " The extra tree is purged with it if it lies beside this folder, or is named with `--extra`."
    return words if release["extra"] else ""


def _verifying(release: Document) -> str:
    key = release["key_fingerprint"]
    signed = (
        f"The key that signs this release has the fingerprint `{key}` (SHA-256 of its DER form): compare it "
        "with `/releases/keys.json` where you downloaded this, save that key, and give it to "
        "`release verify` as `--key`. A key inside the tree proves only that nothing was damaged.\n"
        if key
        else "No key was named when this was built; without a signature only the corpus id vouches for it.\n"
    )
    return (
        "## Verifying\n\n```sh\nsha256sum -c --ignore-missing SHA256SUMS\nspeechcorpus release "
        "verify .\n```\n\n"
        "The corpus id is the SHA-256 of `SHA256SUMS`; compare it with the one on the release page. "
        f"{signed}"
    )


def _citation(release: Document) -> str:
    return f"## Citation\n\n```bibtex\n{bibtex(release)}\n```\n"


def bibtex(release: Document) -> str:
    """Return how a release is cited."""
    return (
        f"@misc{{{release['corpus']},\n  title = {{{release['title']}}},\n"
        f"  version = {{{release['version']}}},\n  year = {{{str(release['released_on'])[:4]}}},\n"
        f"  note = {{{release['license']}}}\n}}"
    )


def _size(clips: int) -> str:
    return next((name for bound, name in SIZES if clips < bound), "n>1M")
