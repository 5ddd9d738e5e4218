"""Reads a data folder by `docs/data-folder.md` alone: no package of the project, the standard library only.

`python -I -S data_folder_reader.py FOLDER` prints one JSON object.
"""

import base64
import hashlib
import json
import sqlite3
import struct
import sys
from pathlib import Path

P = 2**255 - 19  # RFC 8032, section 5.1: the field, the order of the base point, the curve's d
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def main():
    folder = Path(sys.argv[1])
    rows = sqlite3.connect(f"{(folder / 'catalogue.sqlite').resolve().as_uri()}?mode=ro", uri=True)
    rows.row_factory = sqlite3.Row
    said = {
        "takes": takes(folder, rows),
        "words": words(folder, rows),
        "receipts": receipts(folder, rows),
        "audit": chain(rows),
        "consent": consents(folder, rows),
        "unbalanced": unbalanced(rows),
    }
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")


def blob(folder, sha256):
    data = (folder / "blobs" / sha256[:2] / sha256[2:4] / sha256).read_bytes()
    assert hashlib.sha256(data).hexdigest() == sha256
    return data


def sound(folder, rows, take):
    """The samples of a take: of its master, or of the pieces that are there so far."""
    if take["state"] == "stored":
        wav = blob(folder, take["master_sha256"])
        tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", wav[20:36])
        assert (wav[:4], wav[8:16], wav[36:40]) == (b"RIFF", b"WAVEfmt ", b"data")
        assert (tag, channels, rate, bits) == (1, take["channels"], take["rate_hz"], 16)
        assert len(wav) == 44 + 2 * channels * take["frames"]
        assert hashlib.sha256(take["manifest"].encode()).hexdigest() == take["manifest_sha256"]
        return wav[44:]
    pieces = rows.execute('SELECT * FROM chunk WHERE take_id = ? ORDER BY "index"', (take["id"],)).fetchall()
    found = b""
    for piece in pieces:
        name = f"{piece['index']}.{piece['sha256']}"
        data = (folder / "incoming" / take["id"] / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == piece["sha256"]
        assert (len(found), len(data)) == (piece["offset"], piece["length"])
        found += data
    return found


def takes(folder, rows):
    found = {}
    for take in rows.execute("SELECT * FROM take WHERE state IN ('stored', 'receiving')").fetchall():
        found[take["id"]] = hashlib.sha256(sound(folder, rows, take)).hexdigest()
    return found


def words(folder, rows):
    """Each sentence: who, what was to be said, what was said, and the hash of its sound."""
    found = {}
    query = """
        SELECT segment.*, take.rate_hz, take.channels, contributor.pseudonym, prompt.text AS asked,
          (SELECT text FROM revision WHERE segment_id = segment.id ORDER BY number DESC LIMIT 1) AS written
        FROM segment JOIN take ON take.id = segment.take_id JOIN sitting ON sitting.id = take.sitting_id
        JOIN contributor ON contributor.id = sitting.contributor_id
        LEFT JOIN prompt ON prompt.id = segment.prompt_id WHERE segment.chosen AND take.state = 'stored'"""
    for row in rows.execute(query).fetchall():
        take = rows.execute("SELECT * FROM take WHERE id = ?", (row["take_id"],)).fetchone()
        frame = 2 * row["channels"]
        pcm = sound(folder, rows, take)[frame * row["start_sample"] : frame * row["end_sample"]]
        form = struct.pack("<HHIIHH", 1, row["channels"], row["rate_hz"], row["rate_hz"] * frame, frame, 16)
        wav = struct.pack("<4sI4s4sI", b"RIFF", len(pcm) + 36, b"WAVE", b"fmt ", 16) + form
        wav += struct.pack("<4sI", b"data", len(pcm)) + pcm
        found[row["id"]] = {
            "who": row["pseudonym"],
            "asked": row["asked"],
            "written": row["written"],
            "item_sha256": hashlib.sha256(wav).hexdigest(),
        }
    return found


def consents(folder, rows):
    texts = {row["text_sha256"] for row in rows.execute("SELECT text_sha256 FROM consent").fetchall()}
    there = [each for each in texts if (folder / "blobs" / each[:2] / each[2:4] / each).exists()]
    return {each: sorted(json.loads(blob(folder, each))) for each in sorted(there)}


def chain(rows):
    """How many rows of the log fit, up to the first that does not."""
    before, count = "0" * 64, 0
    for row in rows.execute("SELECT * FROM audit ORDER BY seq").fetchall():
        at = row["at"].replace(" ", "T") + "+00:00"
        said = {
            "seq": row["seq"],
            "at": at,
            **{name: row[name] for name in ("actor", "action", "object", "detail")},
        }
        digest = hashlib.sha256(bytes.fromhex(before) + canonical(said)).hexdigest()
        if (row["prev"], row["hash"]) != (before, digest):
            break
        before, count = digest, count + 1
    return count


def unbalanced(rows):
    query = "SELECT transaction_id FROM ledger_entry GROUP BY transaction_id HAVING SUM(amount_minor) <> 0"
    return [row[0] for row in rows.execute(query).fetchall()]


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def receipts(folder, rows):
    keys, found = public_keys(folder), {}
    for row in rows.execute("SELECT id, document FROM receipt").fetchall():
        said = json.loads(row["document"])
        signature, key = unpadded(said.pop("signature")), keys.get(said["key_id"])
        signed = b"speechcorpus-receipt/1\n" + canonical(said)
        found[row["id"]] = key is not None and verifies(key, signature, signed)
    return found


def public_keys(folder):
    listed = folder / "keys" / "receipt-keys.json"
    if listed.exists():
        keys = [unpadded(each["public_key"]) for each in json.loads(listed.read_bytes())["keys"]]
    elif (folder / "keys" / "receipt.pem").exists():
        lines = (folder / "keys" / "receipt.pem").read_text().splitlines()
        seed = base64.b64decode("".join(line for line in lines if "-" not in line))[-32:]
        secret = bytearray(hashlib.sha512(seed).digest()[:32])
        secret[0] &= 248
        secret[31] = secret[31] & 63 | 64
        keys = [written(times(int.from_bytes(secret, "little"), BASE))]
    else:
        keys = []
    return {hashlib.sha256(key).hexdigest()[:16]: key for key in keys}


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# Ed25519 by its definition: points (x, y) on -x² + y² = 1 + d x² y², kept as (x, y, z) with x/z and y/z.


def plus(one, other):
    (x1, y1, z1), (x2, y2, z2) = one, other
    product = D * x1 * x2 * y1 * y2 % P
    square = z1 * z2 % P
    low, high = (square * square - product) % P, (square * square + product) % P
    return (
        square * low * (x1 * y2 + y1 * x2) % P,
        square * high * (y1 * y2 + x1 * x2) % P,
        low * high % P,
    )


def times(number, point):
    total = (0, 1, 1)
    while number:
        if number & 1:
            total = plus(total, point)
        point, number = plus(point, point), number >> 1
    return total


def point_of(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & 2**255 - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P:
        return None
    return (x if x & 1 == sign else -x % P, y, 1)


def written(point):
    x, y, z = point
    over = pow(z, -1, P)
    return ((y * over % P) | (x * over % P & 1) << 255).to_bytes(32, "little")


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def verifies(key, signature, said):
    if len(signature) != 64:
        return False
    public, nonce = point_of(key), point_of(signature[:32])
    response = int.from_bytes(signature[32:], "little")
    if public is None or nonce is None or response >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + said).digest(), "little") % ORDER
    return written(times(response, BASE)) == written(plus(nonce, times(hashed, public)))


if __name__ == "__main__":
    main()
