"""What the Inspector page reads: plain data, how far its picture is, and the tiles as they lie there."""

from base64 import b64encode
from dataclasses import asdict

from flask import Response, abort, jsonify, request

from recorder_web.api.ranges import answer_made
from recorder_web.context import current_messages, current_store, now
from recorder_web.security import csrf_token, current_actor
from recorder_web.verdict_json import finding_json
from speechcorpus.qc.picture import LAYERS
from speechcorpus.workflows.picture_rows import Tile
from speechcorpus.workflows.views.inspection import (
    BesideItem,
    InspectionView,
    inspection_view,
    review_both_audio,
    review_tile,
)
from speechcorpus.workflows.views.review import ReviewView


def inspector_data(view: ReviewView, seen: InspectionView) -> dict[str, object]:
    """Return what the inspector island reads."""
    messages = current_messages()
    findings = view.verdict.findings if view.verdict else ()
    address = f"/staff/review/{view.review_id}"
    return {
        "csrf": csrf_token(),
        "review": {"id": view.review_id, "fence": view.fence},
        "audio": f"{address}/audio",
        "decide": f"{address}/decide",
        "duration_s": round(view.duration_s, 3),
        "spans": [
            {
                **finding_json(each, rate_hz=view.rate_hz, messages=messages),
                "name": messages.t(f"finding.{each.code}.short"),
            }
            for each in findings
        ],
        "codes": [code.code for code in view.codes],
        "picture": picture_data(seen, f"{address}/picture"),
        "beside": beside_data(seen.beside, f"{address}/beside/audio"),
    }


def beside_data(seen: BesideItem | None, address: str) -> dict[str, object] | None:
    """Return what the lane of the other person's track is drawn from, None where there is one track."""
    if seen is None:
        return None
    return {"state": seen.state, "off_ms": seen.off_ms, "speech_s": seen.speech_s, "audio": address}


def picture_data(seen: InspectionView, address: str) -> dict[str, object]:
    """Return what a sound picture is drawn from, on this page or any other: plain data and an address."""
    return {
        "address": address,
        "state": seen.picture,
        "rate_hz": seen.rate_hz,
        "frames": seen.frames,
        "layers": {name: asdict(layer) for name, layer in LAYERS.items()},
        "scale": asdict(seen.scale),
        "speech_s": seen.speech_s,
        "others_s": seen.others_s,
        "near": {name: b64encode(rows).decode() for name, rows in seen.near.items()},
    }


def picture(review_id: str) -> Response:
    """Say how far the picture of an item is, and where its speech lies once it is drawn."""
    seen = inspection_view(current_store(), current_actor(), review_id, now=now())
    response = jsonify({"state": seen.picture, "speech_s": seen.speech_s})
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def both_audio(review_id: str) -> Response:
    """Send the item and the other person at the same time, a channel each, to the one who holds the item."""
    return answer_made(review_both_audio(current_store(), current_actor(), review_id, now=now()))


def tile(review_id: str, layer: str, level: int, number: int) -> Response:
    """Send one tile to the one who holds the item."""
    found = review_tile(
        current_store(), current_actor(), review_id, layer=layer, level=level, number=number, now=now()
    )
    return answer_tile(found)


def answer_tile(found: Tile) -> Response:
    """Send the bytes of a tile, compressed as they lie there; nothing if the browser has them."""
    try:
        with found.place.path.open("rb") as file:
            file.seek(found.place.offset)
            response = Response(file.read(found.place.length), mimetype="application/octet-stream")
    except FileNotFoundError:  # thrown away a moment ago
        abort(404)
    response.headers["Content-Encoding"] = "gzip"  # every browser that runs the island reads it
    response.headers["Cache-Control"] = "private, no-cache"  # who may see it is asked each time
    response.set_etag(found.etag)
    response.make_conditional(request)
    return response
