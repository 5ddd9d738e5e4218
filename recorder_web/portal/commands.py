"""The shell lines of a release page: fetch, check, verify; a test takes them from the page and runs them."""

from collections.abc import Sequence

from speechcorpus.corpus.snippets import NEEDS_AUDIO, Snippet


def bundles_for(formats: Sequence[str]) -> tuple[str, ...]:
    """Return what has to be fetched to use these formats, `core` first.

    Examples
    --------
    >>> bundles_for(["kaldi"]), bundles_for(["parquet", "parquet"])
    (('core', 'audio', 'kaldi'), ('core', 'parquet'))
    """
    wanted = {*formats, *(["audio"] if {*NEEDS_AUDIO} & {*formats} else [])}
    return ("core", *sorted(wanted - {"core"}))


def fetch(base: str, bundles: Sequence[str]) -> str:
    """Return the lines that fetch and unpack bundles; run again, they go on where they were cut off.

    Without `-f` an error's text would be taken for the beginning of the archive. `tar` runs in any case: of
    what is there already in full curl says that the rest of it is no range (416).
    """
    return (
        f"PORTAL={base}\n"
        f"for b in {' '.join(bundles)}; do\n"
        "  curl -f -C - -O \\\n"
        '    -H "Authorization: Bearer $TOKEN" \\\n'
        "    $PORTAL/bundles/$b.tar\n"
        "  tar -xf $b.tar\n"
        "done"
    )


def check(root: str) -> str:
    """Return the lines that hold what was fetched against its digests, then against everything we know."""
    return f"cd {root}\nsha256sum -c --ignore-missing --quiet SHA256SUMS\nspeechcorpus release verify ."


def check_signature(fingerprint: str) -> str:
    """Return the lines that check the signature without any tool of ours."""
    return (
        "openssl pkeyutl -verify -rawin -pubin -inkey SHA256SUMS.pem \\\n"
        "  -sigfile SHA256SUMS.sig -in SHA256SUMS\n"
        "openssl pkey -pubin -in SHA256SUMS.pem -outform DER | sha256sum\n"
        f"# {fingerprint}"
    )


def upgrade(base: str, old: str, corpus: str, version: str) -> str:
    """Return the lines that turn an old version into this one by their difference."""
    delta = f"delta-{corpus}-{old}-{version}.tar"
    return (
        f"curl -f -C - -o {delta} \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        f"  {base}/deltas/{old}.tar\n"
        f"speechcorpus release apply-delta {corpus}-{old} {delta} --out {corpus}-{version}"
    )


def tools_of(snippets: Sequence[Snippet]) -> dict[str, list[Snippet]]:
    """Return the snippets by toolkit, in their order."""
    found: dict[str, list[Snippet]] = {}
    for snippet in snippets:
        found.setdefault(snippet.tool, []).append(snippet)
    return found
