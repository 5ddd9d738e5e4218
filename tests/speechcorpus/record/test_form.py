"""A JSON object is read field by field, and what no database can keep is no text."""

import pytest

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.form import Form


def form(value: object) -> Form:
    return Form({"said": value}, where="", code="request.field", keys=("said",))


@pytest.mark.parametrize("read", ["text", "string", "text_or_none"])
def test_a_text_with_a_nul_in_it_is_refused_at_the_door(read):
    with pytest.raises(SittingError, match="said is not a text") as caught:
        getattr(form("食飽\0未？"), read)("said")
    assert caught.value.code == "request.field"


def test_a_list_of_texts_holds_no_nul_either():
    with pytest.raises(SittingError, match="said is not a list of texts"):
        form(["p1", "p\0"]).texts("said")


def test_an_empty_string_is_a_string_and_no_text():
    assert form("").string("said") == ""
    with pytest.raises(SittingError, match="said is not a text"):
        form("").text("said")
