"""Which sentences are kept back for people who will be heard in dev and test, so that few clips leak."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from speechcorpus.corpus.identifiers import order_key
from speechcorpus.corpus.wording import normal_form

Pool = Literal["train", "dev", "test"]
PERCENT_EACH: Final = 6  # for dev and as much for test: 12 % of all sentences, a little more than they need
FEWEST: Final = 200  # sentences of one kind; of fewer, a reserve would be a handful
NO_MAJOR: Final = 0  # a sentence stays in its pool when a major version draws the splits anew


def pool_of(project_id: str, text: str) -> Pool:
    """Return the pool of a sentence: by key, the same for two prompts that say the same.

    Examples
    --------
    >>> pool_of("demo", "今仔日天氣真好。") == pool_of("demo", "今仔日，天氣真好！")
    True
    """
    number = int.from_bytes(order_key(project_id, NO_MAJOR, normal_form(text))[:8], "big") % 100
    if number < PERCENT_EACH:
        return "test"
    return "dev" if number < 2 * PERCENT_EACH else "train"


def pool_of_all(project_id: str, texts: Iterable[str]) -> Pool | None:
    """Return the pool that all of these sentences are in; None when they are in several.

    Examples
    --------
    >>> pool_of_all("demo", ["今仔日天氣真好。"] * 2) == pool_of("demo", "今仔日天氣真好。")
    True
    >>> pool_of_all("demo", [f"第{n}句。" for n in "一二三四五六七八九十天地人日月山水火木金土"]) is None
    True
    """
    pools = {pool_of(project_id, text) for text in texts}
    return pools.pop() if len(pools) == 1 else None


def preferred(tasks: Sequence[str], pools: Mapping[str, str], split: str | None) -> str:
    """Return the task a speaker is given: of their own pool, else of train, else what is left.

    Nobody waits for a sentence of their pool: one that leaks costs a clip in the tree, a wait costs work.

    Parameters
    ----------
    tasks : at least one, in the order in which they are given out
    pools : the pool of each task that has one
    split : where the newest release has this speaker; None for who is in none

    Examples
    --------
    >>> pools = {"a": "test", "b": "train", "c": "dev"}
    >>> [preferred(["a", "b", "c"], pools, split) for split in (None, "train", "dev", "test")]
    ['b', 'b', 'c', 'a']
    >>> preferred(["a"], pools, "train")
    'a'
    """
    wanted = split or "train"
    return min(tasks, key=lambda task: distance(pools.get(task, "train"), wanted))


def distance(pool: str, wanted: str) -> int:
    """Return how gladly a task of this pool is given to who is in that split: 0 first, 2 last."""
    if pool == wanted:
        return 0
    return 1 if pool == "train" else 2
