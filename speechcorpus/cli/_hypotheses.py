"""What a recogniser wrote, by utt_id: a table, JSON lines, Kaldi's `text`, NeMo's manifest."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

import regex

from speechcorpus.cli._lines import BYTE_ORDER_MARK, cells_of, decoded_lines, readable
from speechcorpus.domain.errors import TranscriptError

Found = tuple[int, str, str]  # line number, utt_id, text

_IDS, _TEXTS = ("utt_id", "id"), ("pred_text", "text")  # in a manifest of NeMo, `text` is the reference
_BLANK = regex.compile(r"[ \t]+")


def read_hypotheses(file: IO[bytes]) -> dict[str, str]:
    """Return the text of each utt_id in a file, read whole; an empty text is one.

    A file that begins with `{` holds JSON lines. Else the first line of a table may name its columns, or each
    line is an utt_id, a blank or tabulator, and the text.

    Raises
    ------
    TranscriptError : `transcript.utf8`, `transcript.surrogate`, `transcript.too-long`, `transcript.row`,
        `transcript.json`, `transcript.column` or `score.id`, each with its line number
    """
    return parse_hypotheses(file.read())


def parse_hypotheses(data: bytes) -> dict[str, str]:
    """Return the texts in these bytes by utt_id.

    Examples
    --------
    >>> parse_hypotheses("a 好 啊\\nb\\n".encode())
    {'a': '好 啊', 'b': ''}
    >>> line = '{"audio_filepath": "../audio/test/s/a.flac", "text": "好", "pred_text": "不"}'
    >>> parse_hypotheses(line.encode())
    {'a': '不'}
    """
    lines = enumerate(decoded_lines(data.removeprefix(BYTE_ORDER_MARK.encode())), start=1)
    filled = [(number, line.rstrip("\r\n")) for number, line in lines if line.strip()]
    texts: dict[str, str] = {}
    for number, utt_id, text in _found(filled):
        if utt_id in texts:
            raise TranscriptError(
                "score.id", f"line {number}: the id {utt_id!r} is there twice", line=number, id=utt_id
            )
        texts[utt_id] = readable(number, text)
    return texts


def _found(lines: list[tuple[int, str]]) -> Iterator[Found]:
    if not lines:
        return iter(())
    first = lines[0][1]
    if first.lstrip().startswith("{"):
        return (_of_object(number, line) for number, line in lines)
    names = first.split("\t")
    if set(names) & set(_IDS) and set(names) & set(_TEXTS):
        return (_of_row(number, line, names) for number, line in lines[1:])
    return (_of_line(number, line) for number, line in lines)


def _of_object(number: int, line: str) -> Found:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # RecursionError: brackets without end
        record = None
    if not isinstance(record, dict):
        raise TranscriptError("transcript.json", f"line {number} is not a JSON object", line=number)
    # what a toolkit reads holds the reference as `text`: scored by mistake, it would be perfect
    keys = _TEXTS[:1] if "audio_filepath" in record else _TEXTS
    text = next((record[key] for key in keys if key in record), None)
    if not isinstance(text, str):
        names = " nor ".join(keys)
        raise TranscriptError("transcript.column", f"line {number} has no {names}", line=number)
    utt_id = next((record[key] for key in _IDS if key in record), None)
    if utt_id is None and isinstance(path := record.get("audio_filepath"), str):
        utt_id = PurePosixPath(path).stem
    return number, _named(number, utt_id), text


def _of_row(number: int, line: str, names: list[str]) -> Found:
    row = dict(zip(names, cells_of(line, names, number), strict=True))
    utt_id, text = (next(row[name] for name in known if name in row) for known in (_IDS, _TEXTS))
    return number, _named(number, utt_id), text


def _of_line(number: int, line: str) -> Found:
    utt_id, _, text = _BLANK.sub("\t", line, count=1).partition("\t")
    return number, _named(number, utt_id), text.strip(" ")


def _named(number: int, utt_id: object) -> str:
    if not isinstance(utt_id, str) or not utt_id:
        raise TranscriptError("score.id", f"line {number}: the text has no utt_id", line=number)
    return utt_id
