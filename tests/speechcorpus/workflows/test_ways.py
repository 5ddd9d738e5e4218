"""Whoever runs a house on several hosts is told which ways between them are in the open."""

import pytest

from speechcorpus.workflows.examination import examine_house
from speechcorpus.workflows.ways import Way, endpoint_told, way_to_bucket, way_to_database, words_for


def way(**changed):
    return Way(**{"service": "database", "host": "db", "is_covered": True, "is_proven": True} | changed)


@pytest.mark.parametrize(
    ("seen", "good", "said"),
    [
        (way(), True, "the way to the database at db is proven"),
        (way(is_proven=False), False, "the way to the database at db is covered, not proven"),
        (way(is_covered=False, is_proven=False), False, "the way to the database at db is in the open"),
        (way_to_bucket("http://10.0.0.2:9000"), False, "the way to the bucket at 10.0.0.2 is in the open"),
        (
            way_to_bucket("https://objects.example"),
            True,
            "the way to the bucket at objects.example is proven",
        ),
        (way_to_bucket(""), True, "the way to the bucket at s3.amazonaws.com is proven"),
    ],
)
def test_a_way_to_another_host_is_good_when_its_certificate_is_asked_for(seen, good, said):
    assert words_for(seen)[:2] == (good, said)


def test_on_one_machine_there_is_no_way_to_speak_of(store, now):
    assert way_to_database(store.catalogue) is None
    assert way_to_bucket("http://localhost:9000") is None
    assert not [line for line in examine_house(store, now=now) if line.what.startswith("the way")]


def test_the_address_of_a_bucket_is_told_by_either_variable():
    assert endpoint_told({"AWS_ENDPOINT": "http://b", "AWS_ENDPOINT_URL": ""}) == "http://b"
    assert endpoint_told({}) == ""
