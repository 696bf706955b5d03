"""The fixed words in which data is asked for, granted, shown and withdrawn.

A cluster names some columns of one collection in plain English and Chinese. Asks
and grants carry cluster ids, screens show the words, and the owner's device opens
the columns: all three come from one file, clusters.json, so they cannot differ.

::

    ClusterError
    ├── UnknownCluster     no cluster has this id
    └── UnknownLanguage    the words exist in English and in Chinese

The page is docs/spec/clusters.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NewType, TypedDict

from planetvault.errors import PlanetVaultError

ClusterId = NewType("ClusterId", str)
Language = Literal["en", "zh-CN"]

LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")


class ClusterError(PlanetVaultError):
    """Anything this vocabulary does not have."""


class UnknownCluster(ClusterError):
    """No cluster has this id."""


class UnknownLanguage(ClusterError):
    """The words exist in the languages of LANGUAGES alone."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads of a cluster: a ``label``, one sentence, and what is ``never`` included."""

    label: str
    description: str
    never: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A named group of ``columns`` of one ``collection``, with its words in each language."""

    id: ClusterId
    collection: str
    columns: tuple[str, ...]
    words: Mapping[Language, Words]


@cache
def clusters() -> Mapping[ClusterId, Cluster]:
    """Every cluster by its id, in the order of clusters.json."""
    return {cluster.id: cluster for collection in _read() for cluster in _clusters_of(collection)}


def collections() -> Mapping[str, Mapping[Language, str]]:
    """The label of each collection, by its id and language."""
    return {collection["id"]: collection["label"] for collection in _read()}


def cluster(cluster_id: str) -> Cluster:
    """The cluster of this id.

    Raises:
        UnknownCluster: if there is none.
    """
    try:
        return clusters()[ClusterId(cluster_id)]
    except KeyError as error:
        raise UnknownCluster("no cluster has this id: see docs/spec/clusters.md") from error


def columns_of(cluster_ids: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The columns that these clusters open, by collection, each once and in the order of the file.

    Raises:
        UnknownCluster: if one of them does not exist.
    """
    wanted = {cluster(cluster_id).id for cluster_id in cluster_ids}
    columns: dict[str, tuple[str, ...]] = {}
    for found in clusters().values():
        if found.id in wanted:
            columns[found.collection] = (*columns.get(found.collection, ()), *found.columns)
    return columns


def describe(cluster_id: str, language: str) -> Words:
    """What a person reads of this cluster.

    Raises:
        UnknownCluster: if there is none of this id.
        UnknownLanguage: if the words do not exist in ``language`` ("en" or "zh-CN").
    """
    words = cluster(cluster_id).words
    for known in LANGUAGES:
        if known == language:
            return words[known]
    raise UnknownLanguage("the words exist in English (en) and in Chinese (zh-CN)")


class _ClusterEntry(TypedDict):
    id: str
    columns: list[str]
    label: dict[Language, str]
    description: dict[Language, str]
    never: dict[Language, str]


class _CollectionEntry(TypedDict):
    id: str
    label: dict[Language, str]
    clusters: list[_ClusterEntry]


@cache
def _read() -> list[_CollectionEntry]:
    text = files("planetvault").joinpath("clusters.json").read_text(encoding="utf-8")
    found: list[_CollectionEntry] = json.loads(text)["collections"]
    return found


def _clusters_of(collection: _CollectionEntry) -> Iterator[Cluster]:
    for told in collection["clusters"]:
        words = {
            language: Words(told["label"][language], told["description"][language], told["never"][language])
            for language in LANGUAGES
        }
        yield Cluster(ClusterId(told["id"]), collection["id"], tuple(told["columns"]), words)
