"""Pages about measured recordings, for people: one for each recording and a list with the worst first.

`write` streams entries into a folder; `verdict`, `fields`, `limits` and `lanes` say what a page shows;
`curves`, `octaves`, `histograms` and `spectrogram` draw; `data/` holds templates, style and sentences.
"""

from speechcorpus.workflows.report.entry import Entry
from speechcorpus.workflows.report.write import Report, write_report

__all__ = ["Entry", "Report", "write_report"]
