from dataclasses import replace
from decimal import Decimal
from importlib import resources
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SignalError, SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.qc.review import Decision, agreed_span_s, marked_finding, settle
from speechcorpus.work.terms_file import parse_terms

TOML = (resources.files("speechcorpus.workflows") / "demo_data" / "terms_nan-TW.toml").read_text("utf-8")
TERMS = parse_terms(TOML)
RATE_HZ = 16_000
FRAMES = 10 * RATE_HZ
SPANS = st.lists(
    st.tuples(st.integers(0, FRAMES), st.integers(1, RATE_HZ)).map(lambda s: (s[0], s[0] + s[1])), max_size=4
)


def heard(code="content.wrong-language", start_s=1.0, end_s=5.0, terms=TERMS, **facts):
    return marked_finding(
        code,
        start_sample=round(start_s * RATE_HZ),
        end_sample=round(end_s * RATE_HZ),
        frames=FRAMES,
        rate_hz=RATE_HZ,
        terms=terms,
        blob_sha256="5" * 64,
        facts=facts,
    )


def reject(reviewer, *findings):
    return Decision(reviewer=reviewer, decision="reject", findings=findings or (heard(),))


def accept(reviewer):
    return Decision(reviewer=reviewer, decision="accept")


def send_back(reviewer):
    return Decision(reviewer=reviewer, decision="fix")


def settled(*decisions, **options):
    """What the decisions come to; the order in which they were made never matters."""
    results = [settle(order, rate_hz=RATE_HZ, **options) for order in permutations(decisions)]
    assert all(
        (r.outcome, r.needs_more, r.lines) == (x.outcome, x.needs_more, x.lines)
        for r in results
        for x in results
    )
    return results[0]


def test_one_accept_settles_it():
    assert settled(accept("a")).outcome == "accepted"


def test_nobody_yet_needs_one_reviewer():
    assert settled().needs_more == 1


def test_one_reject_alone_refuses_nothing():
    assert settled(reject("a")).outcome == "undecided"
    assert settled(reject("a")).needs_more == 1


def test_two_people_who_heard_the_same_refuse():
    result = settled(reject("a", heard(start_s=1, end_s=5)), reject("b", heard(start_s=2, end_s=6)))
    assert result.outcome == "refused"
    assert result.lines == ("record", "transcribe")
    assert result.finding.measured == Decimal("3.500")  # 1.75 to 5.25 s: both spans widened by 0.25 s
    assert result.finding.limit == 2


def test_two_rejects_on_different_codes_refuse_nothing():
    two = (reject("a"), reject("b", heard("noise.third-voice")))
    assert settled(*two).needs_more == 1
    assert settled(*two, accept("c")).outcome == "accepted"
    assert settled(*two, reject("c")).outcome == "refused"


def test_without_overlap_there_is_no_number_and_no_refusal():
    apart = (reject("a", heard(start_s=0, end_s=3)), reject("b", heard(start_s=6, end_s=9)))
    assert settled(*apart).needs_more == 1
    assert settled(*apart, accept("c")).outcome == "accepted"


def test_an_agreed_span_that_is_not_beyond_the_limit_refuses_nothing():
    on_it = (reject("a", heard(start_s=1, end_s=3)), reject("b", heard(start_s=1.5, end_s=3.5)))
    assert settled(*on_it).outcome == "undecided"  # 1.25 to 3.25 s is 2.0 s, and the limit is > 2.0 s
    beyond = (reject("a", heard(start_s=1, end_s=3)), reject("b", heard(start_s=1.4, end_s=3.4)))
    assert settled(*beyond).outcome == "refused"


def test_nothing_is_heard_after_the_end_of_the_clip():
    to_the_end = (reject("a", heard(start_s=8, end_s=10)), reject("b", heard(start_s=8, end_s=10)))
    assert settled(*to_the_end).finding.measured == Decimal("2.500")  # widened at both sides
    assert settled(*to_the_end, frames=FRAMES).finding.measured == Decimal("2.250")


def test_one_reject_against_one_accept_goes_to_a_third():
    split = (reject("a"), accept("b"))
    assert settled(*split).needs_more == 1
    assert settled(*split, accept("c")).outcome == "accepted"
    assert settled(*split, reject("c")).outcome == "refused"


def test_what_can_be_repaired_is_not_refused_by_one():
    assert settled(send_back("a")).outcome == "fix"
    assert settled(send_back("a"), reject("b")).outcome == "fix"
    assert settled(send_back("a"), accept("b"), reject("c")).outcome == "accepted"


def test_a_wrong_text_never_costs_the_recording():
    differs = Finding(
        code="transcript.not-verbatim",
        severity="fix",
        measured=Decimal("8.0"),
        comparator=">",
        limit=Decimal(5),
        unit="%",
    )
    result = settled(reject("a", differs), reject("b", replace(differs, measured=Decimal("5.1"))))
    assert (result.outcome, result.lines) == ("refused", ("transcribe",))
    assert (
        settled(reject("a", differs), reject("b", replace(differs, measured=Decimal("5.0")))).needs_more == 1
    )


def test_a_machine_code_refuses_only_what_was_contested_on_it():
    clipped = Finding(
        code="audio.clipped",
        severity="blocks",
        measured=Decimal("1.5"),
        comparator=">",
        limit=Decimal("1.0"),
        unit="ms",
    )
    both, contested = (reject("a", clipped), reject("b", clipped)), frozenset({"audio.clipped"})
    assert settled(*both).outcome == "accepted"
    assert settled(*both, contested=contested).outcome == "refused"
    assert settled(*both, contested=frozenset({"audio.dropout"})).outcome == "accepted"
    assert settled(*both, contested=contested, gated=contested).outcome == "accepted"


def test_a_contest_is_between_two_and_what_one_denies_is_accepted():
    clipped = Finding(
        code="audio.clipped",
        severity="blocks",
        measured=Decimal(2),
        comparator=">",
        limit=Decimal(1),
        unit="ms",
    )
    contested = {"contested": frozenset({"audio.clipped"})}
    assert settled(reject("a", clipped), waiting=1, **contested).outcome == "undecided"
    assert settled(reject("a", clipped), accept("b"), **contested).outcome == "accepted"
    split = (reject("a", clipped, heard()), accept("b"))  # ears are in doubt as well: a third decides
    assert settled(*split, **contested).needs_more == 1


def test_who_was_asked_is_waited_for_even_if_the_first_accepts():
    assert settled(accept("a"), waiting=1).outcome == "undecided"
    assert settled(accept("a"), waiting=1).needs_more == 0
    assert settled(send_back("a"), waiting=1).outcome == "undecided"


def test_a_code_that_listeners_do_not_agree_about_refuses_nothing():
    two, gated = (reject("a"), reject("b")), frozenset({"content.wrong-language"})
    assert settled(*two).outcome == "refused"
    assert settled(*two, gated=gated).outcome == "accepted"
    assert settled(reject("a"), gated=gated).outcome == "accepted"  # nobody else is asked for nothing


def test_a_flag_that_costs_nothing_refuses_nothing():
    private = heard("content.personal-data")
    assert settled(reject("a", private), reject("b", private)).outcome == "accepted"


def test_a_looser_limit_of_the_terms_holds_for_reviewers_too():
    looser = parse_terms(TOML.replace("[limits]", '[limits]\n"content.wrong-language" = 9.5\n#'))
    two = (reject("a", heard(terms=looser)), reject("b", heard(terms=looser)))
    assert settled(*two).outcome == "undecided"


def test_the_same_person_is_no_second_opinion():
    with pytest.raises(SittingError) as refused:
        settle([reject("a"), reject("a")], rate_hz=RATE_HZ)
    assert refused.value.code == "review.same-reviewer"


def test_a_reject_without_a_finding_is_refused():
    with pytest.raises(SittingError) as refused:
        Decision(reviewer="a", decision="reject")
    assert refused.value.code == "review.no-finding"


@pytest.mark.parametrize(
    ("code", "start_s", "end_s", "why"),
    [
        ("content.timbre", 0, 1, "finding.unknown-code"),
        ("audio.clipped", 0, 1, "finding.not-human"),
        ("content.wrong-language", 1, 1, "finding.span"),
        ("content.wrong-language", 2, 1, "finding.span"),
        ("content.wrong-language", 9, 10.1, "finding.span"),
        ("content.offence", 0, 1, "finding.clause"),
    ],
)
def test_a_mark_that_proves_nothing_is_refused(code, start_s, end_s, why):
    with pytest.raises(SignalError) as refused:
        heard(code, start_s, end_s)
    assert refused.value.code == why


def test_an_offence_cites_a_clause_of_the_terms():
    assert heard("content.offence", x="K1").facts["x"] == "K1"
    with pytest.raises(SignalError, match="numbered clause"):
        heard("content.offence", x="K9")


@given(a=SPANS, b=SPANS)
def test_agreement_is_mutual_and_never_more_than_either_marked(a, b):
    agreed_s = agreed_span_s(a, b, RATE_HZ)
    assert agreed_s == agreed_span_s(b, a, RATE_HZ)
    for spans in (a, b):
        most_s = sum(Decimal(end - start) / RATE_HZ + Decimal("0.5") for start, end in spans)
        assert (agreed_s or 0) <= most_s + Decimal("0.001")


@given(a=SPANS)
def test_marking_the_same_twice_counts_once(a):
    assert agreed_span_s(a, a, RATE_HZ) == agreed_span_s(a + a, a, RATE_HZ)


@st.composite
def panels(draw):
    """Up to three people, each of whom accepts, sends back or rejects by some codes."""
    codes = ("content.wrong-language", "noise.third-voice", "audio.replayed")
    people = []
    for name in draw(st.lists(st.sampled_from("abc"), unique=True, max_size=3)):
        kind = draw(st.sampled_from(("accept", "fix", "reject")))
        said = draw(st.lists(st.sampled_from(codes), min_size=1, max_size=2, unique=True))
        spans = draw(st.tuples(st.floats(0, 4), st.floats(0.1, 5)))
        marked = [heard(code, spans[0], spans[0] + spans[1]) for code in said]
        people.append(
            Decision(reviewer=name, decision=kind, findings=tuple(marked) if kind == "reject" else ())
        )
    return people


@given(panel=panels(), gated=st.sets(st.sampled_from(("noise.third-voice", "audio.replayed"))))
def test_a_refusal_always_rests_on_two_who_measured_the_same_beyond_the_limit(panel, gated):
    result = settled(*panel, frames=FRAMES, gated=frozenset(gated))
    if result.outcome != "refused":
        assert result.finding is None
        return
    by_code = [d for d in panel if result.finding.code in {finding.code for finding in d.findings}]
    assert len(by_code) >= 2
    assert result.finding.code not in gated
    assert result.finding.measured > result.finding.limit
    assert 0 <= result.finding.start_sample < result.finding.end_sample <= FRAMES


@given(panel=panels())
def test_three_people_always_come_to_an_end(panel):
    if len(panel) == 3:
        assert settled(*panel, frames=FRAMES).outcome != "undecided"
