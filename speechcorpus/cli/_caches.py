"""Where libraries that load a release keep copies of it: places that a purge of one folder does not reach."""

from collections.abc import Iterator, Mapping
from pathlib import Path

USUAL = (
    ("HF_HOME", ".cache/huggingface"),
    ("HF_DATASETS_CACHE", ".cache/huggingface/datasets"),
    ("CROISSANT_CACHE", ".cache/croissant"),
    ("WDS_CACHE", ".cache/webdataset"),
    ("NEMO_CACHE_DIR", ".cache/torch/NeMo"),
    ("XDG_CACHE_HOME", ".cache"),
)
"""Variable that moves it, and where it is in the home folder otherwise."""


def cache_folders(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Yield the usual cache folders of `datasets`, mlcroissant, WebDataset, NeMo and Lhotse on this machine.

    >>> next(cache_folders({"HF_HOME": "/data/hf"}, Path("/home/ml"))).as_posix()
    '/data/hf'
    """
    for variable, usual in USUAL:
        yield Path(environment[variable]) if environment.get(variable) else home / usual
