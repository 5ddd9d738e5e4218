"""Two files of texts, paired."""

from speechcorpus.cli._lines import Input, Line
from speechcorpus.domain.errors import TranscriptError


def paired(references: Input, hypotheses: Input) -> list[tuple[Line, Line]]:
    """Return each reference with its hypothesis: by `id` where every line has one, else in order.

    Raises
    ------
    TranscriptError : `score.lines`, if one side has more lines; `score.id`, if an id is missing or there
        twice
    """
    if not all(line.id is not None for line in references.lines + hypotheses.lines):
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


def _by_id(side: Input, name: str) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    for line in side.lines:
        id_ = line.id or ""
        if id_ in lines:
            raise TranscriptError(
                "score.id",
                f"{name}, line {line.number}: the id {id_!r} is there twice",
                line=line.number,
                id=id_,
            )
        lines[id_] = line
    return lines
