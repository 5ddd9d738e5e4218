"""Claims by everybody at once: their rate against the server's no-op rate, and how long the last ones wait.

`python -m benchmarks.claims [--claimers 200] [--tasks 50] [--rounds 3] [--json] [--check]`.
One server process on a folder of its own, on the loopback. A no-op is the health check, asked by as many
people at once over as many fresh connections. The fair wait is claimers ÷ rate of the same round.
"""

import argparse
import hashlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import func, select

from benchmarks.uploading import server_on
from recorder_web.settings import utc_now
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, Consent, Contributor, LoginSession, Qualification, Task
from speechcorpus.store.store import Store, open_store
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows import people, projects

LEAST_RATIO, MOST_FAIR_WAITS = 0.15, 2.0
NOOP_TURNS = 5  # one takes a fifth of a second, which on a busy machine says little
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Ask = Callable[[http.client.HTTPConnection], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of claims with its no-ops; rates in requests a second."""

    claimed: int
    twice: int
    errors: int
    claim_rate: float
    noop_rate: float
    ratio: float
    p99_s: float
    fair_waits: float


def main() -> None:
    """Start the server, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.claims", description=__doc__)
    parser.add_argument("--claimers", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-claims-") as made:
        rounds = measure(
            Path(made) / "data", claimers=options.claimers, tasks=options.tasks, rounds=options.rounds
        )
    load = tuple(round(each, 2) for each in os.getloadavg())
    if options.json:
        print(json.dumps({"load": load, "rounds": [asdict(each) for each in rounds]}))
    else:
        print(f"load {load} on {os.cpu_count()} cores; {options.claimers} claimers, {options.tasks} tasks")
        for each in rounds:
            print(
                f"{each.claimed} claimed, {each.twice} twice, {each.errors} errors; "
                f"{each.claim_rate:.0f}/s against {each.noop_rate:.0f}/s = {each.ratio:.3f}; "
                f"p99 {each.p99_s:.2f} s = {each.fair_waits:.2f} fair waits"
            )
    ratio = statistics.median(each.ratio for each in rounds)
    waits = statistics.median(each.fair_waits for each in rounds)
    wrong = any(each.twice or each.errors or each.claimed != options.tasks for each in rounds)
    missed = wrong or ratio < LEAST_RATIO or waits > MOST_FAIR_WAITS
    print(
        f"ratio {ratio:.3f} (at least {LEAST_RATIO}), p99 {waits:.2f} fair waits "
        f"(at most {MOST_FAIR_WAITS}): {'MISSED' if missed else 'held'}",
        file=sys.stderr,
    )
    sys.exit(1 if options.check and missed else 0)


def measure(data: Path, *, claimers: int, tasks: int, rounds: int) -> list[Round]:
    """Return every round; the first one warms the server up and is left out."""
    store = open_store(data)
    store.catalogue.migrate()
    wanted = _tasks(store, tasks * (rounds + 1))
    found = []
    with server_on(data) as address:
        for number in range(rounds + 1):
            crowd = _crowd(store, claimers)
            mine = wanted[number * tasks : (number + 1) * tasks]
            asks = [_claim(token, mine[n % tasks]) for n, token in enumerate(crowd)]
            found.append(_round(address, asks, partial(_twice, store, mine)))
    store.catalogue.close()
    return found[1:]


def _round(address: tuple[str, int], claims: Sequence[Ask], twice: Callable[[], int]) -> Round:
    noops_s = statistics.median(_all_at_once(address, [_noop] * len(claims))[1] for _ in range(NOOP_TURNS))
    raced = _all_at_once(address, claims)
    statuses = Counter(status for status, _ in raced[0])
    waits = sorted(wait for _, wait in raced[0])
    p99_s, claim_rate = waits[int(0.99 * len(waits))], len(claims) / raced[1]
    return Round(
        claimed=statuses[303],
        twice=twice(),
        errors=sum(count for status, count in statuses.items() if status >= 500),
        claim_rate=claim_rate,
        noop_rate=len(claims) / noops_s,
        ratio=noops_s / raced[1],
        p99_s=p99_s,
        fair_waits=p99_s * claim_rate / len(claims),
    )


def _twice(store: Store, task_ids: Sequence[str]) -> int:
    """Return how many of these tasks are held more than once."""
    held = select(Claim.task_id).where(Claim.task_id.in_(task_ids)).group_by(Claim.task_id)
    with store.catalogue.read() as session:
        return len(session.scalars(held.having(func.count() > 1)).all())


def _all_at_once(address: tuple[str, int], asks: Sequence[Ask]) -> tuple[list[tuple[int, float]], float]:
    start = threading.Barrier(len(asks) + 1)

    def run(ask: Ask) -> tuple[int, float]:
        connection = http.client.HTTPConnection(*address, timeout=300)
        connection.connect()
        start.wait()
        began = time.monotonic()
        try:
            return ask(connection), time.monotonic() - began
        finally:
            connection.close()

    with ThreadPoolExecutor(len(asks)) as pool:
        running = [pool.submit(run, ask) for ask in asks]
        start.wait()
        began = time.monotonic()
        answers = [each.result() for each in running]
        return answers, time.monotonic() - began


def _noop(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _claim(token: str, task_id: str) -> Ask:
    headers = {"Cookie": f"sc_contributor={token}", **FORM}
    return partial(
        _post, path=f"/tasks/{task_id}/claim", body=urlencode({"csrf_token": token}), headers=headers
    )


def _post(connection: http.client.HTTPConnection, *, path: str, body: str, headers: dict[str, str]) -> int:
    connection.request("POST", path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _tasks(store: Store, number: int) -> list[str]:
    """Open a project with so many open tasks of one band; return their ids."""
    now = utc_now()
    manager = Actor(role="manager", id=people.create_staff(store, name="M", role="manager", now=now))
    text = (resources.files("speechcorpus.workflows") / "demo_data/terms_nan-TW.toml").read_text("utf-8")
    project_id = projects.create_project(store, manager, terms=parse_terms(text), title="Claims", now=now)
    said = {"kind": "read", "variety": "nan-TW", "reading": None, "licence": "CC0-1.0"}
    rows = [{"id": f"q{n:05}", "text": f"第{n}句。", **said} for n in range(number)]
    projects.import_prompts(store, manager, project_id, rows, now)
    projects.make_tasks(store, manager, project_id, items_per_task=1, now=now)
    with store.catalogue.read() as session:
        return list(session.scalars(select(Task.id).where(Task.band == "low").order_by(Task.id)))


def _crowd(store: Store, number: int) -> list[str]:
    """Make signed-in contributors with everything a claim needs; return the tokens of their sign-ins."""
    now, tokens = utc_now(), [uuid4().hex for _ in range(number)]
    text = (resources.files("speechcorpus.workflows") / "demo_data/terms_nan-TW.toml").read_text("utf-8")
    terms = parse_terms(text)
    with store.catalogue.write() as session:
        for token in tokens:
            who = Contributor(
                id=str(uuid4()),
                pseudonym=f"r-{token[:12]}",
                locale="en",
                variety="nan-TW",
                state="active",
                created_at=now,
            )
            session.add(who)
            session.flush()
            signed = LoginSession(
                id=str(uuid4()), token_sha256=hashlib.sha256(token.encode()).hexdigest(), csrf_token=token
            )
            signed.contributor_id, signed.created_at, signed.expires_at = who.id, now, now + timedelta(days=9)
            able = Qualification(contributor_id=who.id, variety="nan-TW", kind="speaker", result="suitable")
            able.how, able.by, able.at = "vouched", "manager:m", now
            session.add_all([signed, able])
            for purpose in terms.consent.purposes:
                given = Consent(id=str(uuid4()), contributor_id=who.id, purpose=purpose)
                given.text_version, given.text_sha256 = terms.consent.text, terms.consent.sha256
                given.language, given.given_at = "en", now
                session.add(given)
    return tokens


if __name__ == "__main__":
    main()
