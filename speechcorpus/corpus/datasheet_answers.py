"""What the data and the catalogue answer in the datasheet by themselves."""

from collections.abc import Mapping

from speechcorpus.corpus.datasheet_collection import paid, refused
from speechcorpus.corpus.statistics import QUARTILES, Share, Statistics, quartiles

Document = Mapping[str, object]


def answers_from_data(release: Document, statistics: Statistics) -> dict[str, str]:
    """Return answers by question key; what only the maintainers know is not among them."""
    return {
        **_motivation(release),
        **_contents(release, statistics),
        **_people(statistics),
        **_collection(release, statistics),
        **_processing(release, statistics),
        **_after(release),
    }


def _motivation(release: Document) -> dict[str, str]:
    creator = str(release.get("creator") or "")
    return {
        "purpose": "Speech recognition of Minnan and Taiwan Mandarin in measured background noise.",
        **({"creators": f"{creator}."} if creator else {}),
        "motivation_more": "No.",
    }


def _contents(release: Document, statistics: Statistics) -> dict[str, str]:
    q = dict(zip(QUARTILES, quartiles(statistics.durations), strict=True))
    return {
        "instances": (
            f"One utterance of one speaker. {statistics.total.clips} clips, "
            f"{statistics.total.seconds / 3600:.2f} h; median length {q['median']:g} s, longest {q['max']:g} "
            "s."
        ),
        "sample": (
            "Everything that was accepted and may be released; what people said in it is a sample of the "
            "language, spread over sentences and topics, not drawn at random."
        ),
        "data": (
            "A mono FLAC file, a transcript, and one row of measurements and facts (`README.md`, Columns). "
            "The row is that of the item audio at the rate it was recorded at, the same that the verdict "
            "rests on; the released FLAC is its copy at the rate of the release."
        ),
        "label": f"The transcript `text`; {_statuses(statistics)}.",
        "missing": f"Clips that could not enter, by reason: {_excluded(release)}. {_beside(release)}",
        "relations": (
            "By `speaker_id`, `session_id`, `dialogue_id`, `prompt_id` and `topic_id`; no clip is named "
            "without its relations."
        ),
        "splits": (
            "`train`, `dev`, `test` of the tree: no speaker, sitting, dialogue, read prompt or sentence is "
            "in two of them, and dev and test have the mixture of the whole as near as it goes "
            f"(`leakage.json`).{_few(release)}"
        ),
        "errors": (
            "Background noise is wanted and measured. Findings kept at acceptance are in `qc_codes`; how far "
            "independent transcribers differ is in `transcriber_agreement_cer` where two wrote. Equal "
            "recordings enter once; sentences that nearly repeat are counted in `leakage.json`."
        ),
        "external": "No. Every file is in the tree, with its digest in `SHA256SUMS`.",
        "confidential": "What a speaker or a listener marked as private is left out. Nothing else was "
        "looked for.",
    }


def _people(statistics: Statistics) -> dict[str, str]:
    return {
        "offensive": (
            "No machine looked for that. Read sentences were chosen by the maintainers; free speech is what "
            "people said."
        ),
        "who": f"{len(statistics.total.speakers)} speakers{_kinds(statistics)}; by group in the table below.",
        "identifiable": (
            "Speakers carry drawn numbers; the map to accounts never leaves the catalogue. A voice can be "
            "recognised by who knows it. A sub-variety of fewer than 5 speakers is published as "
            "`undisclosed`."
        ),
        "sensitive": (
            "Gender, age band and origin of the speech where the speaker gave them, else `undisclosed`; a "
            "voice itself is biometric."
        ),
        "composition_more": "The table below counts clips, hours and speakers by every column of few values.",
    }


def _collection(release: Document, statistics: Statistics) -> dict[str, str]:
    return {
        "how": (
            "Spoken for this corpus in a browser, one prompt or topic at a time, under a required band of "
            "background noise that was measured while recording."
        ),
        "mechanism": (
            "The speaker's own microphone, without processing by the browser; the room, the device and, "
            "where there was one, the calibration were checked before the sitting. The way the samples took "
            "is in `capture_path`."
        ),
        "sampling": (
            "By the maintainers: sentences and topics were imported before anybody saw them and given out as "
            "tasks, some sentences kept back for people who are in dev or test already."
        ),
        "workers": (
            "Contributors who were qualified under the terms recorded and wrote down; others reviewed. "
            "Nobody reviews their own work."
        ),
        "paid": paid(release),
        "refused": refused(release),
        "when": _when(statistics),
        "direct": "They were asked themselves; nothing is taken from elsewhere.",
        "told": ("Yes, by the consent text they agreed to before the first recording."),
        "consent": (
            "Yes, each purpose separately and in writing, for the text versions in `consents.jsonl`. "
            "Everybody who is heard in a clip has consented."
        ),
        "revoke": (
            "At any time, one clip or all. What was earned stays theirs; the voice leaves every later "
            "version, and `withdrawals.jsonl` tells holders of older copies what to delete."
        ),
        "collection_more": "The terms of the work are in `release.json: terms`, whole.",
    }


def _processing(release: Document, statistics: Statistics) -> dict[str, str]:
    selection = release["selection"]
    limits = selection if isinstance(selection, Mapping) else {}
    return {
        "processing": (
            f"Each accepted item was cut from the recording, resampled once to {release['sample_rate']} Hz "
            "and encoded once as FLAC. Measurements were made before that, on the item at its own rate. "
            f"Clips shorter than {limits.get('min_duration_s')} s or longer than "
            f"{limits.get('max_duration_s')} s are left out. Nothing was denoised, normalised in level or "
            "filled in."
        ),
        "labels": f"By hand, under the project's transcript rules; {_statuses(statistics)}.",
        "raw": "Yes, by the maintainers, unchanged; it is not part of the release.",
        "software": "Yes: `speechcorpus`, in the version that `release.json: tools` names.",
        "processing_more": "Every limit that a verdict was reached by is in `release.json: terms`.",
    }


def _after(release: Document) -> dict[str, str]:
    url = str(release.get("url") or "")
    return {
        "suited": "Training and testing speech recognition, noise robustness in particular.",
        "consequences": (
            "Speakers came to the work by themselves and are not drawn from the population: compare error "
            "rates by group before relying on a mean. Bands of noise are spread on purpose, not as they "
            "occur."
        ),
        "unsuited": (
            "Identifying speakers; building voices from clips whose `voice_synthesis` is `no`; judging "
            "people by their speech."
        ),
        "uses_more": "No.",
        "recipients": "Whoever accepts the licence and asks for a download token.",
        "how_distributed": (
            "As a versioned tree with a digest of every file (`SHA256SUMS`), in bundles, and in deltas from "
            f"version to version.{f' See {url}.' if url else ''}"
        ),
        "released": f"On {release['released_on']}.",
        "licence": f"{release['license']}; its text is in `LICENSE`.",
        "third_parties": (
            "The speakers, in their voices. Read sentences come under licences that allow this."
        ),
        "distribution_more": "No.",
        "erratum": "In `CHANGELOG.md`, with every clip that left or whose text was corrected.",
        "updates": "By new versions: PATCH corrects or withdraws, MINOR adds, MAJOR draws splits anew.",
        "retention": (
            "Until it is withdrawn. A released voice that is withdrawn is to be deleted from every copy; "
            "`speechcorpus release apply-withdrawals` does it."
        ),
        "old_versions": (
            "A published version never changes. One that holds a withdrawn voice stays listed, and what "
            "holds the voice is not served any more."
        ),
        "contribute": "By speaking, transcribing or reviewing for the project, under its terms.",
        "maintenance_more": "No.",
    }


def _kinds(statistics: Statistics) -> str:
    synthetic = statistics.by_column["source_kind"].get("synthetic", Share())
    return f", of which {len(synthetic.speakers)} are synthetic voices" if synthetic.clips else ", all people"


def _excluded(release: Document) -> str:
    excluded = release["excluded"]
    if not isinstance(excluded, Mapping) or not excluded:
        return "none"
    return "; ".join(
        f"`{code}` {row['clips']} clips, {row['hours']:g} h" for code, row in sorted(excluded.items())
    )


def _beside(release: Document) -> str:
    extra = release["extra"]
    count = len(extra) if isinstance(extra, list) else 0
    return f"{count} further clips are good, but would have leaked between splits or made one too large."


def _few(release: Document) -> str:
    split = release["split"]
    warned = isinstance(split, Mapping) and "split.few-speakers" in split.get("warnings", ())
    return " `split.few-speakers`: they rest on fewer than 20 independent speaker groups." if warned else ""


def _when(statistics: Statistics) -> str:
    days = sorted(statistics.days)
    return f"From {days[0]} to {days[-1]} (UTC), on {len(days)} days." if days else "Never."


def _statuses(statistics: Statistics) -> str:
    found = sorted(statistics.by_column["text_status"].items())
    return ", ".join(f"{share.clips} clips {status}" for status, share in found)
