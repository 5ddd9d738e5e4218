"""The pages that ML teams read: what there is, what is in it, how to fetch, check and load it."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from recorder_web.context import current_store, now
from recorder_web.portal import commands
from recorder_web.portal.samples import whole_number
from recorder_web.portal.shelf import current_shelf
from recorder_web.portal.waves import waves_beside
from recorder_web.security import current_actor
from speechcorpus.domain.actor import Actor
from speechcorpus.workflows.download_tokens import READERS, create_token, revoke_token, tokens_of
from speechcorpus.workflows.downloads import held_by
from speechcorpus.workflows.release_deltas import deltas_to
from speechcorpus.workflows.views.release_notices import notices_of
from speechcorpus.workflows.views.release_samples import sample_page
from speechcorpus.workflows.views.releases import ReleaseView, published_releases, standings

UNITS = ("B", "kB", "MB", "GB", "TB")
A_FEW = 4  # clips to hear on the page itself
PLOTS = ("hours", "noise-level", "snr", "speech-level", "duration", "speakers", "coverage")


def listing() -> str:
    """List every published version, newest first, and where each stands."""
    current_actor()
    releases = published_releases(current_store())
    return render_template(
        "portal/list.html", releases=releases, standings=standings(current_store(), releases)
    )


def page(corpus: str, version: str, token: str | None = None) -> str:
    """Show one version."""
    actor = current_actor()
    release = current_shelf().release(corpus, version)
    standing = standings(current_store(), [release])[release.id]
    base = request.host_url.rstrip("/") + f"/releases/{corpus}/{version}"
    return render_template(
        "portal/release.html",
        release=release,
        plots=[name for name in plots_of(release) if f"plots/{name}.svg" not in standing.stopped],
        standing=standing,
        signed=current_shelf().signature(corpus, version),
        notices=notices_of(current_store(), corpus),
        deltas=deltas_to(current_store(), corpus, version),
        portal=base,
        size=readable_size,
        **_samples(release),
        **_use(release, base),
        **_own(actor, corpus, token),
    )


def new_token(corpus: str, version: str) -> str | AnyResponse:
    """Make a download token and show it, once; asked for without the licence's tick, the page says so."""
    current_shelf().release(corpus, version)
    if request.form.get("licence") != "accepted":
        return redirect(f"/releases/{corpus}/{version}/?licence=missing#tokens", code=303)
    token = create_token(current_store(), current_actor(), corpus, now=now())
    return page(corpus, version, token)


def end_token(corpus: str, version: str, token_id: str) -> AnyResponse:
    """Revoke a token."""
    revoke_token(current_store(), current_actor(), token_id, now=now())
    return redirect(f"/releases/{corpus}/{version}/#tokens", code=303)


def plots_of(release: ReleaseView) -> list[str]:
    """Return the names of the plots in the tree, in the order of their importance."""
    found = {path[6:-4] for path in release.manifest if path.startswith("plots/") and path.endswith(".svg")}
    return [name for name in PLOTS if name in found]


def readable_size(count: int) -> tuple[str, str]:
    """Return a number of bytes as people read it, and its unit.

    >>> readable_size(212_400_000), readable_size(90)
    (('212.4', 'MB'), ('90', 'B'))
    """
    value, unit = float(count), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return (f"{value:.1f}" if unit else f"{count}"), UNITS[unit]


def _use(release: ReleaseView, base: str) -> Mapping[str, Any]:
    """Return the lines to copy for the toolkit that was asked for."""
    tools = commands.tools_of(release.snippets)
    asked = request.args.get("tool", "")
    tool = asked if asked in tools else next(iter(tools), "")
    shown = tools.get(tool, [])
    return {
        "tools": list(tools),
        "tool": tool,
        "shown": shown,
        "fetch": commands.fetch(base, commands.bundles_for([snippet.format for snippet in shown])),
        "check": commands.check(release.root),
        "check_signature": commands.check_signature,
        "upgrade": lambda old: commands.upgrade(base, old, release.corpus, release.version),
    }


def _samples(release: ReleaseView) -> Mapping[str, Any]:
    kept = current_shelf().samples(release.corpus, release.version)
    wanted = {"noise_band": request.args.get("noise_band", "")}
    draw = whole_number("draw")
    found = sample_page(current_store(), release, kept, wanted, page=1, draw=draw)
    return {
        "bands": [band for band in ("low", "medium", "high") if band in kept.words["noise_band"]],
        "heard": (heard := found.clips[:A_FEW]),
        "waves": waves_beside(release.id, heard),
        "wanted": wanted,
        "draw": draw,
    }


def _own(actor: Actor, corpus: str, token: str | None) -> Mapping[str, Any]:
    """Return what the page shows to this person alone: tokens, and copies that hold withdrawn voices."""
    may_download = actor.role in READERS
    held = held_by(current_store(), actor, corpus) if may_download else []
    return {
        "may_download": may_download,
        "token": token,
        "tokens": tokens_of(current_store(), actor, corpus, now=now()) if may_download else [],
        "held": held,
        "to_purge": [each for each in held if each.withdrawn_clips],
        "licence_missing": request.args.get("licence") == "missing",
    }
