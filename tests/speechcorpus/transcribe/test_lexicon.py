"""A lexicon finds what a search for each word finds, the longest first and none within another."""

from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.transcribe.lexicon import Lexicon

short = st.text(alphabet="甲乙丙", min_size=1, max_size=3)


@given(words=st.lists(short, max_size=6), text=st.text(alphabet="甲乙丙丁", max_size=20))
def test_every_place_holds_the_longest_word_that_starts_there(words, text):
    done = 0
    for start, end in Lexicon(words).places(text):
        assert text[start:end] == max((word for word in words if text.startswith(word, start)), key=len)
        assert not [index for index in range(done, start) if text.startswith(tuple(words), index)]
        done = end
    assert not [index for index in range(done, len(text)) if text.startswith(tuple(words), index)]
