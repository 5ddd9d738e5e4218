"""The Croissant description of a tree, which needs the digests of its shards."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from speechcorpus.corpus.card import bibtex
from speechcorpus.corpus.columns import BY_NAME
from speechcorpus.corpus.documents import json_document
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.publish.core import column_names
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.sources import Sources

Json = dict[str, object]
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
LICENCE_URLS = {"CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}
PARQUET = "application/x-parquet"  # with the registered vnd.apache name records() finds no reader
THIS_FOLDER = "./"  # the tree itself, wherever it is served
DATA_TYPES = {"text": "sc:Text", "float": "sc:Float", "int": "sc:Integer"}
CONTEXT: Mapping[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The whole context of Croissant 1.0: a key less, and readers warn."""
RAI: Mapping[str, tuple[str, str]] = {
    "rai:dataCollection": (
        "data_collection",
        "Recorded in the browser by consenting, paid speakers, one prompt or topic at a time, raw capture "
        "without processing, under a required band of background noise that was measured while recording.",
    ),
    "rai:dataAnnotationProtocol": (
        "data_annotation_protocol",
        "Transcribed by hand under the project's transcript rules; the column text_status says of each clip "
        "how its text was confirmed.",
    ),
    "rai:personalSensitiveInformation": (
        "personal_sensitive_information",
        "Voices. Speakers carry drawn numbers; gender, decade of age and sub-variety are given where the "
        "speaker disclosed them. Names, birth dates and accounts are in no file.",
    ),
}
"""Each field, its key in the release settings, and what is true of every release if they do not say."""


def last_files(sources: Sources, shard_rows: Sequence[Mapping[str, object]]) -> Iterator[Derived]:
    """Yield the derived files that need the rows of `shards.json`; they are written right after it."""
    document = json_document(croissant(sources.release, shard_rows))
    yield Derived(path="croissant.json", chunks=iter([document]))


def croissant(release: Mapping[str, object], shard_rows: Sequence[Mapping[str, object]]) -> Json:
    """Return `croissant.json`: the parquet shards and their columns; other formats hold the same clips.

    Parameters
    ----------
    release : `release.json`
    shard_rows : the rows of `shards.json`
    """
    shards = [row for row in shard_rows if row["format"] == "parquet"]
    splits = [split for split in SPLITS if any(row["split"] == split for row in shards)]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        **_described(release),
        **_responsible(release),
        "distribution": [*map(_file_object, shards), *map(_file_set, splits)],
        "recordSet": [_record_set(split, column_names(release)) for split in splits],
    }


def _described(release: Mapping[str, object]) -> Json:
    licence = str(release["license"])
    return {
        "name": release["corpus"],
        "description": f"{release['title']}: speech with transcripts and a measured level of background "
        "noise for every clip, split into train, dev and test by speaker and by sentence.",
        "license": LICENCE_URLS.get(licence, licence),
        "url": release.get("url") or THIS_FOLDER,
        "version": release["version"],
        "datePublished": release["released_on"],
        "citeAs": bibtex(release),
        "creator": {
            "@type": "sc:Organization",
            "name": release.get("creator") or f"The maintainers of {release['title']}",
        },
        "isLiveDataset": False,
    }


def _responsible(release: Mapping[str, object]) -> Json:
    given = release["rai"]
    answers = given if isinstance(given, Mapping) else {}
    return {name: answers.get(key) or usual for name, (key, usual) in RAI.items()}


def _file_object(row: Mapping[str, object]) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": row["path"],
        "name": row["path"],
        "contentUrl": row["path"],
        "contentSize": f"{row['bytes']} B",
        "encodingFormat": PARQUET,
        "sha256": row["sha256"],
    }


def _file_set(split: str) -> Json:
    return {
        "@type": "cr:FileSet",
        "@id": f"{split}-parquet",
        "name": f"{split}-parquet",
        "encodingFormat": PARQUET,
        "includes": f"parquet/{split}-*.parquet",
    }


def _record_set(split: str, columns: Sequence[str]) -> Json:
    names = sorted(set(columns) - {"audio_path"})  # as in the shards
    return {
        "@type": "cr:RecordSet",
        "@id": split,
        "name": split,
        "key": {"@id": f"{split}/utt_id"},
        "field": [_audio_field(split), *(_field(split, name) for name in names)],
    }


def _audio_field(split: str) -> Json:
    field = _of_column(split, "audio", "sc:AudioObject")
    source = field["source"]
    return {**field, "source": {**source, "transform": {"jsonPath": "bytes"}}}


def _field(split: str, name: str) -> Json:
    return _of_column(split, name, DATA_TYPES[BY_NAME[name].kind])


def _of_column(split: str, column: str, data_type: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{column}",
        "name": f"{split}/{column}",
        "dataType": data_type,
        "source": {"fileSet": {"@id": f"{split}-parquet"}, "extract": {"column": column}},
    }
