"""Which split every clip belongs to: disjoint by speaker and by sentence, sticky, balanced in hours.

All arithmetic is in integers (deciseconds), all order comes from keyed hashes: the same clips in any order
give the same plan. The steps are numbered as in `release.md` section 6.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from speechcorpus.corpus.groups import Components
from speechcorpus.corpus.held_out import Balance, assign_held_out
from speechcorpus.corpus.identifiers import KeyOf, order_key
from speechcorpus.corpus.selection import check_speaker_groups
from speechcorpus.corpus.sentences import SentenceGroup, flip_towards, sentence_groups
from speechcorpus.domain.errors import ReleaseError

SPLITS = ("train", "dev", "test")
HELD_OUT = ("test", "dev")  # in the order in which ties are broken
LONGEST_TARGET_DS = 20 * 3600 * 10  # 20 h: beyond what an error-rate estimate needs
CAP = 9  # a held-out split has at most a ninth of the time in train: at most 10 % of the tree
FEW_GROUPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitClip:
    """What the splitter needs of one clip; `sentences`: its prompt (read style only) and normal form."""

    utt_id: str
    speaker_id: str
    dialogue_id: str | None
    sentences: tuple[str, ...]
    deciseconds: int
    stratum: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What the release before this one decided; empty for the first of a major version."""

    speakers: Mapping[str, str] = field(default_factory=dict)  # speaker → split
    sentences: Mapping[str, str] = field(default_factory=dict)  # sentence key → pinned split
    clips: Mapping[str, str] = field(default_factory=dict)  # utt_id → split of the clips in its tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A clip that was good enough, but would have leaked from one split into another."""

    utt_id: str
    speaker_split: str
    sentence_split: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """The plan: the tree (`main`), the clips beside it (`extra`), and what the next release must keep."""

    main: Mapping[str, str]
    extra: tuple[Extra, ...]
    speakers: Mapping[str, str]
    sentences_pinned: Mapping[str, str]
    groups: int
    warnings: tuple[str, ...]


def plan_splits(clips: Iterable[SplitClip], *, corpus: str, major: int, before: Before) -> Splits:
    """Return the split of every clip; the order of `clips` does not matter.

    Raises
    ------
    ReleaseError : `release.too-few-speakers` below three speaker groups, `release.split-empty` when a split
        would hold no clip
    """
    ordered = sorted(clips, key=lambda clip: clip.utt_id)
    key = partial(order_key, corpus, major)
    groups, across = _speaker_groups(ordered, before)  # step 1
    check_speaker_groups(len(groups))
    eligible = [clip for clip in ordered if clip.dialogue_id not in across]
    speakers = _speaker_splits(groups, eligible, before, key)  # steps 2 and 3
    sentences = _sentence_splits(ordered, eligible, speakers, before, key)  # step 4
    placed = [_placed(clip, across, speakers, sentences) for clip in ordered]  # step 5
    capped = _capped(ordered, placed, before, key)  # step 6
    return _result(ordered, capped, speakers, sentences, before, len(groups))


def target_ds(total_ds: int) -> int:
    """Return the wanted time of dev and of test: a twelfth, at most 20 hours."""
    return min(total_ds // 12, LONGEST_TARGET_DS)


def deciseconds(num_samples: int, rate_hz: int) -> int:
    """Return a duration in tenths of a second, halves up.

    >>> deciseconds(16_000 + 800, 16_000)
    11
    """
    return (20 * num_samples + rate_hz) // (2 * rate_hz)


def _speaker_groups(clips: Sequence[SplitClip], before: Before) -> tuple[list[list[str]], set[str]]:
    """Join dialogue partners; a dialogue that would join different old splits is set aside instead."""
    partners: dict[str, set[str]] = defaultdict(set)
    for clip in clips:
        if clip.dialogue_id is not None:
            partners[clip.dialogue_id].add(clip.speaker_id)
    found = Components(sorted({clip.speaker_id for clip in clips}))
    label = dict(before.speakers)  # of the root of each component
    across: set[str] = set()
    for dialogue, speakers in sorted(partners.items()):
        old = {label[root] for speaker in speakers if (root := found.root(speaker)) in label}
        if len(old) > 1:
            across.add(dialogue)
            continue
        found.join_all(sorted(speakers))
        label.update((found.root(speaker), split) for speaker in speakers for split in old)
    return found.groups(), across


def _speaker_splits(
    groups: Sequence[Sequence[str]], eligible: Sequence[SplitClip], before: Before, key: KeyOf
) -> dict[str, str]:
    strata = {stratum: i for i, stratum in enumerate(sorted({clip.stratum for clip in eligible}))}
    index = {speaker: i for i, group in enumerate(groups) for speaker in group}
    hours = [[0] * len(strata) for _ in groups]
    for clip in eligible:
        hours[index[clip.speaker_id]][strata[clip.stratum]] += clip.deciseconds
    found = assign_held_out(
        Balance(hours=hours, target=target_ds(_total(eligible)), cap=CAP),
        kept=[next((before.speakers[s] for s in group if s in before.speakers), None) for group in groups],
        keys=[min(key(speaker) for speaker in group) for group in groups],
        order=HELD_OUT,
    )
    return {speaker: found[i] for speaker, i in index.items()}


def _sentence_splits(
    clips: Sequence[SplitClip],
    eligible: Sequence[SplitClip],
    speakers: Mapping[str, str],
    before: Before,
    key: KeyOf,
) -> dict[str, SentenceGroup]:
    groups = sentence_groups(clip.sentences for clip in clips)
    for clip in eligible:
        groups[clip.sentences[0]].add(speakers[clip.speaker_id], clip.deciseconds)
    for clip in clips:
        if clip.utt_id in before.clips:
            groups[clip.sentences[0]].pins |= {before.clips[clip.utt_id]}
    for name in groups.keys() & before.sentences.keys():
        groups[name].pins |= {before.sentences[name]}
    unique = list({id(group): group for group in groups.values()}.values())
    for group in unique:
        group.place()
    flip_towards(unique, target=target_ds(_total(eligible)), order=HELD_OUT, key=key)
    return groups


def _placed(
    clip: SplitClip, across: set[str], speakers: Mapping[str, str], sentences: Mapping[str, SentenceGroup]
) -> str | Extra:
    speaker_split = speakers[clip.speaker_id]
    sentence_split = sentences[clip.sentences[0]].split
    if clip.dialogue_id in across:
        reason = "split.dialogue-across"
    elif speaker_split != sentence_split:
        reason = "split.sentence-across"
    else:
        return speaker_split
    return Extra(
        utt_id=clip.utt_id, speaker_split=speaker_split, sentence_split=sentence_split, reason=reason
    )


def _capped(
    clips: Sequence[SplitClip], placed: Sequence[str | Extra], before: Before, key: KeyOf
) -> list[str | Extra]:
    """Let new clips leave a held-out split that is over its cap, highest key first; one always stays."""
    capped = list(placed)
    for split in HELD_OUT:
        inside = [i for i, where in enumerate(capped) if where == split]
        allowed = _time_in(clips, capped, "train")
        held, left = _time_in(clips, capped, split), len(inside)
        new = [i for i in inside if clips[i].utt_id not in before.clips]
        for i in sorted(new, key=lambda i: key(clips[i].utt_id), reverse=True):
            if CAP * held <= allowed or left == 1:
                break
            held, left = held - clips[i].deciseconds, left - 1
            capped[i] = Extra(
                utt_id=clips[i].utt_id, speaker_split=split, sentence_split=split, reason="split.over-cap"
            )
    return capped


def _result(
    clips: Sequence[SplitClip],
    placed: Sequence[str | Extra],
    speakers: Mapping[str, str],
    sentences: Mapping[str, SentenceGroup],
    before: Before,
    groups: int,
) -> Splits:
    main = {clip.utt_id: where for clip, where in zip(clips, placed, strict=True) if isinstance(where, str)}
    for split in SPLITS:
        if split not in main.values():
            raise ReleaseError("release.split-empty", f"no clip is left for {split}", split=split)
    pinned = dict(before.sentences)
    for clip in clips:
        if clip.utt_id in main:
            pinned.update((name, sentences[name].split) for name in clip.sentences)
    return Splits(
        main=main,
        extra=tuple(where for where in placed if isinstance(where, Extra)),
        speakers=dict(sorted(speakers.items())),
        sentences_pinned=pinned,
        groups=groups,
        warnings=_warnings(clips, placed, groups),
    )


def _warnings(clips: Sequence[SplitClip], placed: Sequence[str | Extra], groups: int) -> tuple[str, ...]:
    train = _time_in(clips, placed, "train")
    over = any(CAP * _time_in(clips, placed, split) > train for split in HELD_OUT)
    few = groups < FEW_GROUPS
    return tuple(code for code, true in (("split.few-speakers", few), ("split.cap-broken", over)) if true)


def _time_in(clips: Sequence[SplitClip], placed: Sequence[str | Extra], split: str) -> int:
    return sum(clip.deciseconds for clip, where in zip(clips, placed, strict=True) if where == split)


def _total(clips: Iterable[SplitClip]) -> int:
    return sum(clip.deciseconds for clip in clips)
