"""Texts for the tests of scoring: Han of several planes, Latin, marks."""

from hypothesis import strategies as st

HAN = "我你伊食飯台臺灣話語𪜶𠢕〇零裡裏說説"
texts = st.text(alphabet=HAN + "abOK o，。", max_size=12)
hostile = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            HAN
            + "ｏ\uff2b\uff11 ，。？！,.?!｡\u3000\u200b\ufeff\u0301\u030d\u0358ǰßŉ薴麪着脣污滙👩‍💻🏽\u0391"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=15,
)
