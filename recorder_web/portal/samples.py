"""The clips of a release, to listen to: filters, pages, what was measured."""

from urllib.parse import urlencode

from flask import render_template, request

from recorder_web.context import current_store
from recorder_web.portal.shelf import current_shelf
from recorder_web.portal.waves import waves_beside
from recorder_web.security import current_actor
from speechcorpus.workflows.download_tokens import READERS
from speechcorpus.workflows.views.release_samples import FACETS, sample_page

DRAWS = 1000  # shuffles to go through
ORDER = ("low", "medium", "high", "train", "dev", "test", "read", "monologue", "dialogue")


def samples(corpus: str, version: str) -> str:
    """Show one page of the clips that the filters leave."""
    actor = current_actor()
    shelf = current_shelf()
    release, kept = shelf.release(corpus, version), shelf.samples(corpus, version)
    wanted = {facet: request.args.get(facet, "") for facet in FACETS}
    draw, page = whole_number("draw"), whole_number("page", 1)
    found = sample_page(current_store(), release, kept, wanted, page=page, draw=draw)
    address = f"/releases/{corpus}/{version}/samples"
    return render_template(
        "portal/samples.html",
        release=release,
        found=found,
        waves=waves_beside(release.id, found.clips),
        facets={facet: sorted(kept.words[facet], key=order_of) for facet in FACETS},
        wanted=wanted,
        draw=draw,
        next_draw=(draw + 1) % DRAWS,
        may_listen=actor.role in READERS,
        link=lambda **changed: address + query({**wanted, "draw": str(draw), **changed}),
    )


def order_of(value: str) -> tuple[int, str]:
    """Return where a value of a facet stands in a list of choices."""
    return (ORDER.index(value) if value in ORDER else len(ORDER), value)


def query(wanted: dict[str, object]) -> str:
    """Return the query of an address without what says nothing.

    Examples
    --------
    >>> query({"split": "dev", "style": "", "draw": "0", "page": 2})
    '?split=dev&page=2'
    """
    said = {name: value for name, value in wanted.items() if value not in ("", "0", None)}
    return f"?{urlencode(said)}" if said else ""


def whole_number(name: str, default: int = 0) -> int:
    """Return a number of the address; what is none, or far outside, is the default."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
