"""The card's section for who has trained a recogniser and asks how good it is."""

SNIPPET = """\
# evaluating: HYP holds a line for each clip of the split: utt_id, a blank, what the recogniser wrote
speechcorpus score --release . "$HYP" --split test --by variety,band,level,style,gender,speaker
"""


def evaluating() -> str:
    """Return the section, with a command that runs in the root of the tree."""
    return (
        "## Evaluating a recogniser\n\n"
        f"```sh\n{SNIPPET}```\n\n"
        "HYP may be Kaldi's `text`, a table (`utt_id`, tabulator, `text`), JSON lines with `utt_id` and "
        "`text`, or the manifest that NeMo writes, with `pred_text`; the bundle `core` is enough. Character "
        "and mixed error rate are computed after one folding of both sides (marks, blanks, case, width and "
        "glyph variants are no errors; raw rates stand beside), syllable error rates where the text is "
        "romanised. Clips without a line count as all deleted, and are named. Intervals draw speakers again, "
        "never single clips; none is given below 5 speakers. `--against HYP2` compares two recognisers "
        "on the same clips, `--plot FILE.svg` draws error rates by group and against the measured level "
        "of the noise. State corpus, version, split and the content id that the command prints: only "
        "figures on the same table can be compared. Do not choose a model on `test`; `dev` is for that.\n"
    )
