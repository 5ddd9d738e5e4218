from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain


@dataclass(frozen=True, kw_only=True)
class Inner:
    name: Literal["a", "b"]
    level: float


@dataclass(frozen=True, kw_only=True)
class Outer:
    inner: Inner | None
    limits: Mapping[str, Decimal]
    lines: tuple[Inner, ...]
    count: int
    sure: bool
    kind: Optional[Literal["x"]]  # noqa: UP045  (another spelling of `| None`)
    kept: object


GOOD = {
    "inner": {"name": "a", "level": "-0.1"},
    "limits": {"k": "1.50"},
    "lines": [],
    "count": 2,
    "sure": False,
    "kind": None,
    "kept": [1],
}


@given(level=st.floats(allow_nan=False, allow_infinity=False), limit=st.decimals(-1000, 1000, places=3))
def test_a_record_comes_back_from_its_bytes(level, limit):
    inner = Inner(name="b", level=level)
    outer = Outer(
        inner=inner, limits={"k": limit}, lines=(inner,), count=1, sure=True, kind="x", kept={"a": None}
    )
    assert from_plain(Outer, parse_json(canonical_json(to_plain(outer)))) == outer


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"inner": {"name": "c", "level": "1"}}, "inner.name: 'c' is none of a, b"),
        ({"inner": {"name": "a"}}, "inner.level: missing"),
        ({"inner": {"name": "a", "level": "1", "more": 1}}, "inner.more: unknown key"),
        ({"inner": {"name": "a", "level": "loud"}}, "inner.level: 'loud' is no number"),
        ({"inner": {"name": "a", "level": "NaN"}}, "inner.level: 'NaN' is no number"),
        ({"inner": []}, "inner: [] is no table"),
        ({"limits": {"k": True}}, "limits.k: True is no number"),
        ({"lines": "ab"}, "lines: 'ab' is no list"),
        ({"lines": [1]}, "lines.0: 1 is no table"),
        ({"count": True}, "count: True is not a whole number"),
        ({"count": "2"}, "count: '2' is not a whole number"),
        ({"sure": 1}, "sure: 1 is not true or false"),
        ({"kind": "y"}, "kind: 'y' is none of x"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_its_path(changes, fault):
    with pytest.raises(PlainFault) as refused:
        from_plain(Outer, {**GOOD, **changes})
    assert str(refused.value) == fault
    assert from_plain(Outer, GOOD).limits == {"k": Decimal("1.5")}
