"""A feed is believed only when it is signed, whole and in its form."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.feed import feed_document, read_feed, read_signed_feed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ROWS = [
    {"seq": 1, "speaker_id": "spk00001", "withdrawn_at": "2026-11-25", "first_absent_version": "1.0.1"},
    {"seq": 2, "utt_id": "spk00002-s0001-000003", "withdrawn_at": "2026-11-26", "first_absent_version": None},
]
DATA = feed_document("demo", ROWS, released_on="2026-11-26", content_ids={"1.0.0": "ab" * 32})


def test_what_is_written_is_read_and_names_speakers_and_clips():
    feed = read_feed(DATA)
    assert (feed.corpus, feed.seq, feed.content_ids) == ("demo", 2, {"1.0.0": "ab" * 32})
    assert [feed.withdrawn.holds(f"spk0000{n}-s0001-000003") for n in (1, 2, 3)] == [True, True, False]
    assert not feed.withdrawn.holds("spk00002-s0001-000004")
    assert b"".join(feed.register).splitlines()[1:] == DATA.splitlines()[1:]


def broken(line, **changes):
    lines = [json.loads(each) for each in DATA.splitlines()]
    lines[line] = {name: cell for name, cell in {**lines[line], **changes}.items() if cell != "-"}
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


@pytest.mark.parametrize(
    ("data", "because"),
    [
        (b"", "line 1 of the feed is cut short"),
        (DATA[:-1], "line 3 of the feed is cut short"),
        (DATA.replace(b'"seq":2', b'"seq":2 2'), "is no JSON"),
        (broken(0, seq=3), "speaks of 3 withdrawals, here are 2"),
        (broken(0, more=1), "is not the head of a feed"),
        (broken(0, content_ids={"1.0.0": "x"}), "no digests"),
        (broken(1, utt_id="spk00001-s0001-000001"), "exactly one of speaker_id and utt_id"),
        (broken(1, speaker_id="spk1"), "a name or a date"),
        (broken(1, speaker_id="../x"), "a name or a date"),
        (broken(2, seq=4), "has number 4, not 2"),
        (b"[" * 20_000 + b"\n", "is no JSON"),
    ],
)
def test_a_feed_out_of_form_is_refused_by_its_line(data, because):
    with pytest.raises(ReleaseError, match=because) as caught:
        read_feed(data)
    assert caught.value.code == "feed.form"


def test_one_changed_byte_or_no_signature_and_nothing_is_believed(tmp_path):
    path = tmp_path / "withdrawals.jsonl"
    signature = tmp_path / "withdrawals.jsonl.sig"
    with pytest.raises(ReleaseError, match="is not there"):
        read_signed_feed(path, KEY.public_key())
    path.write_bytes(DATA)
    with pytest.raises(ReleaseError, match="is not signed"):
        read_signed_feed(path, KEY.public_key())
    signature.write_bytes(KEY.sign(DATA))
    assert read_signed_feed(path, KEY.public_key()).seq == 2
    path.write_bytes(DATA.replace(b"spk00001", b"spk00003"))
    with pytest.raises(ReleaseError, match="is not the signature of"):
        read_signed_feed(path, KEY.public_key())
    signature.write_bytes(b"x" * 65)
    with pytest.raises(ReleaseError, match="larger than 64 bytes"):
        read_signed_feed(path, KEY.public_key())
