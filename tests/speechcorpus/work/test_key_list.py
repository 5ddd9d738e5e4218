from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.plain import to_plain
from speechcorpus.work.key_list import first_key, keys_of, read_key_list, with_successor
from speechcorpus.work.keys import key_id
from tests.examples import many

PRIVATE = [Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in range(1, 5)]
NAMES = [key_id(key.public_key()) for key in PRIVATE]


def listed():
    keys = first_key(PRIVATE[0].public_key(), "2026-01-01T00:00:00Z")
    for old, new in pairwise(PRIVATE):
        keys = with_successor(keys, old, new.public_key(), "2026-06-01T00:00:00Z")
    return keys


BYTES = listed().to_document()


def names(keys):
    return [key_id(key) for key in keys]


def test_a_list_alone_stands_for_all_its_keys_in_order():
    assert names(keys_of(read_key_list(BYTES), [])) == NAMES


@pytest.mark.parametrize("at", range(4))
def test_who_trusts_one_key_trusts_those_after_it_and_none_before(at):
    trusted = names(keys_of(read_key_list(BYTES), [PRIVATE[at].public_key()]))
    assert set(trusted) == set(NAMES[at:])


def test_who_trusts_a_key_that_is_not_in_the_list_trusts_nothing_of_it():
    stranger = Ed25519PrivateKey.generate().public_key()
    assert names(keys_of(read_key_list(BYTES), [stranger])) == [key_id(stranger)]


@settings(max_examples=many(200))
@given(at=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_brings_in_another_key(at, byte):
    changed = BYTES[:at] + bytes([byte]) + BYTES[at + 1 :]
    try:
        trusted = names(keys_of(read_key_list(changed), [PRIVATE[0].public_key()]))
    except SpeechCorpusError:
        return
    assert set(trusted) <= set(NAMES)


@pytest.mark.parametrize("drop", [0, 1, 2])
def test_a_list_with_a_gap_is_refused(drop):
    plain = to_plain(listed())
    del plain["keys"][drop]
    with pytest.raises(SpeechCorpusError, match="was not introduced by the one before"):
        read_key_list(canonical_json(plain))


def test_an_empty_list_is_refused():
    with pytest.raises(SpeechCorpusError, match="empty"):
        read_key_list(canonical_json({"schema": "speechcorpus-keys/1", "keys": []}))


def test_only_the_last_key_introduces_the_next():
    with pytest.raises(SpeechCorpusError, match="only the last key"):
        with_successor(
            listed(), PRIVATE[0], Ed25519PrivateKey.generate().public_key(), "2026-07-01T00:00:00Z"
        )
