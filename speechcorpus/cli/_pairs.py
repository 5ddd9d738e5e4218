"""Two files of texts, paired."""

from collections.abc import Iterable

from speechcorpus.cli._lines import Input, Line
from speechcorpus.domain.errors import TranscriptError


def paired(references: Input, hypotheses: Input) -> list[tuple[Line, Line]]:
    """Return each reference with its hypothesis: by `id`; in order if one of the files has no id at all.

    A blank id is none.

    Raises
    ------
    TranscriptError : `score.lines`, if one side has more lines; `score.id`, if only some lines have an id, or
        an id is there on one side alone or twice
    """
    if not (_has_ids(references.lines) and _has_ids(hypotheses.lines)):
        if len(references.lines) != len(hypotheses.lines):
            raise TranscriptError(
                "score.lines",
                f"REF has {len(references.lines)} texts and HYP {len(hypotheses.lines)}",
                references=len(references.lines),
                hypotheses=len(hypotheses.lines),
            )
        return list(zip(references.lines, hypotheses.lines, strict=True))
    wanted, given = _by_id(references, "REF"), _by_id(hypotheses, "HYP")
    for id_ in [*wanted, *given]:
        if id_ not in wanted or id_ not in given:
            side = "HYP" if id_ in wanted else "REF"
            raise TranscriptError("score.id", f"{side} has no text with the id {id_!r}", id=id_, side=side)
    return [(line, given[id_]) for id_, line in wanted.items()]


def _has_ids(lines: Iterable[Line]) -> bool:
    return any(line.id for line in lines)


def _by_id(side: Input, name: str) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for line in side.lines:
        id_ = line.id
        if not id_:
            raise TranscriptError(
                "score.id", f"{name}, line {line.number}: the text has no id", line=line.number, side=name
            )
        if id_ in lines:
            raise TranscriptError(
                "score.id",
                f"{name}, line {line.number}: the id {id_!r} is there twice",
                line=line.number,
                id=id_,
            )
        lines[id_] = line
    return lines
