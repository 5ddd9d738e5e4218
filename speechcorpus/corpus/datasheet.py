"""`DATASHEET.md`: the seven headings of *Datasheets for Datasets* (CACM 64(12), 2021), never left blank."""

from collections.abc import Mapping

from speechcorpus.corpus.documents import markdown_table
from speechcorpus.corpus.statistics import QUARTILES, Share, Statistics, quartiles

Document = Mapping[str, object]
NOT_ASKED = "Not asked of the maintainers for this release."
QUESTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Motivation": (
        ("purpose", "For what purpose was the corpus created?"),
        ("creators", "Who created it?"),
        ("funding", "Who funded it?"),
    ),
    "Composition": (
        ("instances", "What do the instances represent, and how many are there?"),
        ("who", "Who speaks?"),
        ("missing", "Is anything missing?"),
        ("confidential", "Does it hold anything confidential or offensive?"),
        ("identifiable", "Can people be identified?"),
    ),
    "Collection process": (
        ("how", "How was it collected?"),
        ("paid", "What were people paid?"),
        ("refused", "How much work was refused?"),
        ("consent", "Did people consent, and can they withdraw?"),
        ("ethics", "Was there an ethical review?"),
    ),
    "Preprocessing/cleaning/labelling": (
        ("processing", "What was done to the data?"),
        ("labels", "How were the transcripts made?"),
        ("raw", "Is the raw data kept?"),
    ),
    "Uses": (
        ("suited", "What is it suited for?"),
        ("unsuited", "What should it not be used for?"),
    ),
    "Distribution": (
        ("licence", "Under which terms is it distributed?"),
        ("how_distributed", "How is it distributed?"),
    ),
    "Maintenance": (
        ("maintainer", "Who maintains it, and how can they be reached?"),
        ("updates", "How is it updated?"),
        ("old_versions", "What happens to older versions?"),
    ),
}


def datasheet(release: Document, statistics: Statistics) -> str:
    """Return `DATASHEET.md`: each answer from the release settings, else from the data, else "not asked"."""
    given = release["datasheet"]
    answers = {
        **_from_data(release, statistics),
        **(dict(given) if isinstance(given, Mapping) else {}),
    }
    parts = [f"# Datasheet of {release['title']} {release['version']}\n"]
    for heading, questions in QUESTIONS.items():
        parts.append(f"## {heading}\n")
        parts += [f"**{question}** {answers.get(key) or NOT_ASKED}\n" for key, question in questions]
        if heading == "Composition":
            parts.append(_composition(statistics))
    return "\n".join(parts)


def _from_data(release: Document, statistics: Statistics) -> dict[str, str]:
    selection = release["selection"]
    limits = selection if isinstance(selection, Mapping) else {}
    q = dict(zip(QUARTILES, quartiles(statistics.durations), strict=True))
    return {
        "purpose": "Speech recognition of Minnan and Taiwan Mandarin in measured background noise.",
        "instances": (
            f"{statistics.total.clips} clips of speech with transcript and measurements, "
            f"{statistics.total.seconds / 3600:.2f} h; median length {q['median']:g} s, longest "
            f"{q['max']:g} s."
        ),
        "who": f"{len(statistics.total.speakers)} speakers{_kinds(statistics)}.",
        "missing": f"Clips that could not enter, by reason: {_excluded(release)}.",
        "identifiable": (
            "Speakers carry drawn numbers; the map to accounts never leaves the catalogue. A voice can be "
            "recognised by who knows it. A sub-variety of fewer than 5 speakers is published as "
            "`undisclosed`."
        ),
        "how": (
            "In the browser, raw capture without processing, one prompt at a time, under a required band of "
            "background noise that was measured while recording."
        ),
        "paid": _paid(release),
        "refused": _refused(release),
        "consent": (
            "Yes, each purpose separately and in writing, for the text versions in `consents.jsonl`; anybody "
            "may withdraw at any time, and what was earned stays theirs."
        ),
        "processing": (
            f"Each accepted item was cut from the recording, resampled once to "
            f"{release['sample_rate']} Hz and "
            "encoded once as FLAC. Measurements were made before that, on the item at its own rate. Clips "
            f"shorter than {limits.get('min_duration_s')} s or longer than "
            f"{limits.get('max_duration_s')} s are "
            "left out."
        ),
        "labels": f"By hand, under the project's transcript rules; {_statuses(statistics)}.",
        "raw": "Yes, by the maintainers; it is not part of the release.",
        "suited": "Training and testing speech recognition, noise robustness in particular.",
        "unsuited": (
            "Identifying speakers; building voices from clips whose `voice_synthesis` is `no`; "
            "judging people "
            "by their speech."
        ),
        "licence": f"{release['license']}; its text is in `LICENSE`.",
        "how_distributed": "As a versioned tree with a digest of every file (`SHA256SUMS`).",
        "updates": "By new versions: PATCH corrects or withdraws, MINOR adds, MAJOR draws splits anew.",
        "old_versions": "A published version never changes; withdrawn voices are listed in "
        "`withdrawals.jsonl`.",
    }


def _kinds(statistics: Statistics) -> str:
    synthetic = statistics.by_column["source_kind"].get("synthetic", Share())
    return f", of which {len(synthetic.speakers)} are synthetic voices" if synthetic.clips else ", all people"


def _composition(statistics: Statistics) -> str:
    rows = [
        [column, value, str(share.clips), f"{share.seconds / 3600:.3f}", str(len(share.speakers))]
        for column, shares in sorted(statistics.by_column.items())
        for value, share in sorted(shares.items())
    ]
    return markdown_table(["column", "value", "clips", "hours", "speakers"], rows)


def _excluded(release: Document) -> str:
    excluded = release["excluded"]
    if not isinstance(excluded, Mapping) or not excluded:
        return "none"
    return "; ".join(
        f"`{code}` {row['clips']} clips, {row['hours']:g} h" for code, row in sorted(excluded.items())
    )


def _paid(release: Document) -> str:
    found = release["collection"]
    prices = found.get("price_minor") if isinstance(found, Mapping) else None
    if not isinstance(prices, Mapping) or not isinstance(found, Mapping):
        return "Not known from the catalogue."
    lines = "; ".join(f"{line} {price} an item" for line, price in sorted(prices.items()))
    return (
        f"By accepted item, in minor units of {found.get('currency')}: {lines}. Pay per hour was not "
        f"measured "
        "for this release."
    )


def _refused(release: Document) -> str:
    found = release["collection"]
    if not isinstance(found, Mapping):
        return "Not known from the catalogue."
    return (
        f"{found.get('refused')} of {found.get('decided')} decided price lines were refused, each by "
        f"two people "
        "with evidence. Appeals were not counted for this release."
    )


def _statuses(statistics: Statistics) -> str:
    found = sorted(statistics.by_column["text_status"].items())
    return ", ".join(f"{share.clips} clips {status}" for status, share in found)
