"""The dataset card: `README.md` of a release, derived from its sources alone."""

import json
from collections.abc import Mapping, Sequence

from speechcorpus.corpus.columns import present_columns
from speechcorpus.corpus.documents import markdown_table
from speechcorpus.corpus.settings import FORMATS
from speechcorpus.corpus.snippets import snippets
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.corpus.statistics import QUARTILES, Statistics, quartiles

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
    "kaldi": "data directories, to be read from the root of the tree (needs `audio`)",
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
        _hours(statistics),
        _loading(release),
        _columns(release),
        _noise(release, statistics),
        _splits(release, statistics, leaks),
        _rights(release, statistics),
        _verifying(),
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


def _hours(statistics: Statistics) -> str:
    head = ["variety", "band", "split", "hours", "clips", "speakers"]
    rows = [
        [*cell, f"{share.seconds / 3600:.3f}", str(share.clips), str(len(share.speakers))]
        for cell, share in sorted(statistics.by_cell.items())
    ]
    totals = [
        ["all", "all", split, f"{s.seconds / 3600:.3f}", str(s.clips), str(len(s.speakers))]
        for split, s in statistics.by_split.items()
    ]
    return "## Hours, clips, speakers\n\n" + markdown_table(head, [*rows, *totals])


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
    rows = [
        [f"`{column.name}`", column.kind, "never null" if column.required else "may be null or `none`"]
        for column in present_columns(names)
    ]
    left_out = ", ".join(f"`{name}`" for name in names) or "none"
    return (
        "## Columns\n\n`clips.jsonl` holds one row a clip, every format the same columns.\n\n"
        + markdown_table(["column", "type", "absence"], rows)
        + f"\nLeft out because no clip has a value: {left_out}.\n"
    )


def _noise(release: Document, statistics: Statistics) -> str:
    rows = [
        [band, *(f"{q:g}" for q in quartiles(found)), *_level_cells(statistics.levels.get(band, []))]
        for band, found in sorted(statistics.snr.items())
    ]
    head = [
        "band",
        *(f"SNR {name}, dB" for name in QUARTILES),
        *(f"noise {name}, dB(A)" for name in QUARTILES),
    ]
    clips, calibrated = statistics.total.clips, statistics.calibrated
    return (
        "## Noise evidence\n\n"
        "`noise_band` is the band of background level that the task required, `noise_band_measured` "
        "the one the "
        f"take was in. The edges were {_edges(release)}. "
        "The level is the A-weighted energy average of what is left between stretches of speech, measured on "
        "the item audio at the rate it was recorded at, of which the released FLAC is a resampled copy. "
        f"{calibrated} of {clips} clips were made with a calibrated microphone and carry dB(A) re 20 "
        f"µPa; the "
        "others carry dB re full scale only and say `uncalibrated`. "
        "`noise_uncertainty_db` is the expanded uncertainty (k = 2), and `noise_quiet_s` the time without "
        "speech that the figure rests on.\n\n" + markdown_table(head, rows)
    )


def _level_cells(levels: Sequence[float]) -> list[str]:
    return [f"{q:g}" for q in quartiles(levels)] if levels else ["–"] * len(QUARTILES)


def _edges(release: Document) -> str:
    terms = release["terms"]
    if not isinstance(terms, Mapping) or not terms:
        return "not stated"
    return "; ".join(f"{_bands(document)} (terms {version})" for version, document in sorted(terms.items()))


def _bands(document: Mapping[str, object]) -> str:
    bands = document.get("bands", ())
    if not isinstance(bands, Sequence):
        return "not stated"
    return ", ".join(f"{band['name']} {band['low'] or '−∞'} to {band['high'] or '∞'} dB(A)" for band in bands)


def _splits(release: Document, statistics: Statistics, leaks: int) -> str:
    extra, split = release["extra"], release["split"]
    beside = len(extra) if isinstance(extra, Sequence) else 0
    warnings = split.get("warnings", ()) if isinstance(split, Mapping) else ()
    few = (
        "\n**`split.few-speakers`**: fewer than 20 independent speaker groups, so one speaker is "
        "more than 5 % "
        "of a held-out split; read error rates with that in mind.\n"
        if "split.few-speakers" in warnings
        else ""
    )
    sizes = ", ".join(
        f"{split} {100 * statistics.by_split[split].seconds / statistics.total.seconds:.1f} %"
        for split in SPLITS
    )
    return (
        f"## Splits and leakage\n\n{sizes} of the hours. Speakers, sessions, dialogues, read prompts and "
        f"sentences are disjoint between all three: {leaks} things shared that must not be (`leakage.json`, "
        "which also counts near-duplicates). A speaker never changes split within a major version. "
        f"{beside} further clips would have leaked and are left out; `sets/strict-speaker.tsv` and "
        "`sets/strict-sentence.tsv` list how they would fall if only speakers, or only sentences, had to be "
        f"disjoint.\n{few}"
    )


def _rights(release: Document, statistics: Statistics) -> str:

    return (
        f"## Licence, consent, withdrawal\n\n{release['license']}, text in `LICENSE`. Every speaker "
        f"of these {statistics.total.clips} "
        "clips has consented to the release under that licence; `consents.jsonl` names purposes, "
        "text version and "
        "date, and no person. `voice_synthesis` says clip by clip whether the speaker also agreed to "
        "building "
        "voices. A speaker may withdraw at any time: later versions then leave the voice out, and "
        "`withdrawals.jsonl` lists what must be deleted from older copies. Do not try to identify speakers.\n"
    )


def _verifying() -> str:
    return (
        "## Verifying\n\n```sh\nsha256sum -c --ignore-missing SHA256SUMS\nspeechcorpus release "
        "verify .\n```\n\n"
        "The corpus id is the SHA-256 of `SHA256SUMS`; compare it with the one on the release page.\n"
    )


def _citation(release: Document) -> str:
    return (
        f"## Citation\n\n```bibtex\n@misc{{{release['corpus']},\n  title = {{{release['title']}}},\n"
        f"  version = {{{release['version']}}},\n  year = {{{str(release['released_on'])[:4]}}},\n"
        f"  note = {{{release['license']}}}\n}}\n```\n"
    )


def _size(clips: int) -> str:
    return next((name for bound, name in SIZES if clips < bound), "n>1M")
