"""The questions of *Datasheets for Datasets* (CACM 64(12), 2021) under its seven headings, in our words."""

from collections.abc import Mapping

Questions = tuple[tuple[str, str], ...]
QUESTIONS: Mapping[str, Questions] = {
    "Motivation": (
        ("purpose", "What was the corpus made for?"),
        ("creators", "Who made it, and on whose behalf?"),
        ("funding", "Who paid for it?"),
        ("motivation_more", "Is there more to say about why?"),
    ),
    "Composition": (
        ("instances", "What is one instance, and how many are there?"),
        ("sample", "Is it everything, or a sample of something larger?"),
        ("data", "What does an instance consist of?"),
        ("label", "What is the label of an instance?"),
        ("missing", "Is anything missing?"),
        ("relations", "How do instances belong together?"),
        ("splits", "Which splits are recommended, and why?"),
        ("errors", "Which errors, noise and repetitions are known?"),
        ("external", "Does it rely on anything outside?"),
        ("confidential", "Does it hold anything confidential?"),
        ("offensive", "Could any of it offend or upset?"),
        ("who", "Who speaks?"),
        ("identifiable", "Can people be identified?"),
        ("sensitive", "Does it hold sensitive facts about people?"),
        ("composition_more", "Is there more to say about what is in it?"),
    ),
    "Collection process": (
        ("how", "How was each instance obtained?"),
        ("mechanism", "With what was it recorded, and how was that checked?"),
        ("sampling", "How was it chosen what to record?"),
        ("workers", "Who did the work?"),
        ("paid", "What were they paid for an hour?"),
        ("refused", "How much work was refused, and how often was that appealed?"),
        ("when", "When was it collected?"),
        ("ethics", "Was there an ethical review?"),
        ("direct", "Were people asked themselves, or was it taken from elsewhere?"),
        ("told", "Were they told what it is for?"),
        ("consent", "Did they consent?"),
        ("revoke", "Can they take that back?"),
        ("impact", "Was it studied what this means for them?"),
        ("collection_more", "Is there more to say about how it was collected?"),
    ),
    "Preprocessing/cleaning/labelling": (
        ("processing", "What was done to the data?"),
        ("labels", "How were the transcripts made?"),
        ("raw", "Is the raw data kept?"),
        ("software", "Is the software available?"),
        ("processing_more", "Is there more to say about the processing?"),
    ),
    "Uses": (
        ("used", "What was it used for already?"),
        ("papers", "Where are papers and systems listed that use it?"),
        ("suited", "What else is it suited for?"),
        ("consequences", "What about it could matter for later uses?"),
        ("unsuited", "What should it not be used for?"),
        ("uses_more", "Is there more to say about uses?"),
    ),
    "Distribution": (
        ("recipients", "Who gets it beyond those who made it?"),
        ("how_distributed", "How is it distributed?"),
        ("released", "When?"),
        ("licence", "Under which licence and terms?"),
        ("third_parties", "Do others hold rights in it?"),
        ("export", "Do export controls or other rules apply?"),
        ("distribution_more", "Is there more to say about distribution?"),
    ),
    "Maintenance": (
        ("maintainer", "Who keeps it, and how can they be reached?"),
        ("erratum", "Where are corrections listed?"),
        ("updates", "How is it updated?"),
        ("retention", "How long may data about people be kept?"),
        ("old_versions", "What happens to older versions?"),
        ("contribute", "How can others add to it?"),
        ("maintenance_more", "Is there more to say about upkeep?"),
    ),
}
KEYS = frozenset(key for questions in QUESTIONS.values() for key, _ in questions)
"""The names by which release settings may answer a question."""
