"""`DATASHEET.md`: every question of the seven headings answered, from the settings or from the data."""

from collections.abc import Mapping

from speechcorpus.corpus.datasheet_answers import answers_from_data
from speechcorpus.corpus.datasheet_questions import QUESTIONS
from speechcorpus.corpus.documents import markdown_table
from speechcorpus.corpus.statistics import Statistics

Document = Mapping[str, object]
NOT_ASKED = "Not asked of the maintainers for this release."


def datasheet(release: Document, statistics: Statistics) -> str:
    """Return `DATASHEET.md`: each answer from the release settings, else from the data, else "not asked"."""
    given = release["datasheet"]
    answers = {
        **answers_from_data(release, statistics),
        **(dict(given) if isinstance(given, Mapping) else {}),
    }
    parts = [f"# Datasheet of {release['title']} {release['version']}\n"]
    for heading, questions in QUESTIONS.items():
        parts.append(f"## {heading}\n")
        parts += [f"**{question}** {_said(answers.get(key))}\n" for key, question in questions]
        if heading == "Composition":
            parts.append(_composition(statistics))
    return "\n".join(parts)


def _said(answer: object) -> str:
    """Return an answer as one paragraph: no heading or list of the settings breaks the form of the sheet."""
    return " ".join(str(answer or "").split()) or NOT_ASKED


def _composition(statistics: Statistics) -> str:
    rows = [
        [column, value, str(share.clips), f"{share.seconds / 3600:.4f}", str(len(share.speakers))]
        for column, shares in sorted(statistics.by_column.items())
        for value, share in sorted(shares.items())
    ]
    return markdown_table(["column", "value", "clips", "hours", "speakers"], rows)
