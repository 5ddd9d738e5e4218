"""The core of a release with as many speakers as one likes: enough for a recogniser to be held against."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from speechcorpus.corpus.documents import json_line


def clip_row(speaker: int, number: int, text: str = "天地人，日月。", **changes: object) -> dict[str, object]:
    """Return a row of `clips.jsonl` with the columns that an evaluation looks at."""
    speaker_id = f"spk{speaker:05d}"
    return {
        "utt_id": f"{speaker_id}-s0001-{number:06d}",
        "speaker_id": speaker_id,
        "session_id": f"{speaker_id}-s0001",
        "split": "test",
        "text": text,
        "reading": "none",
        "script": "Hant",
        "orthography": "hanji",
        "language": "nan-TW",
        "style": "read",
        "gender": "fm"[speaker % 2],
        "noise_band": ("low", "medium", "high")[number % 3],
        "noise_dba": (36.0, 47.5, 61.25)[number % 3],
        "noise_dbfs": -60.0,
    } | changes


def core_tree(folder: Path, rows: list[dict[str, object]]) -> Path:
    """Write the files of the bundle `core` that an evaluation reads; return the root."""
    folder.mkdir()
    clips = b"".join(json_line(row) for row in rows)
    files: Mapping[str, bytes] = {
        "release.json": json.dumps({"corpus": "small", "version": "1.2.0", "formats": []}).encode(),
        "clips.jsonl": clips,
        "consents.jsonl": b"",
        "withdrawals.jsonl": b'{"comment":"none"}\n',
        "SHA256SUMS": f"{hashlib.sha256(clips).hexdigest()}  clips.jsonl\n".encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
