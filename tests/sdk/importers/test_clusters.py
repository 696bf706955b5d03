"""The fixed words in which data is asked for."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from planetvault.clusters import (
    LANGUAGES,
    UnknownCluster,
    UnknownLanguage,
    cluster,
    clusters,
    collections,
    columns_of,
    describe,
)
from planetvault.importers import COLUMNS

ROOT = Path(__file__).parents[3]
TOLD = json.loads(files("planetvault").joinpath("clusters.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs/spec/clusters.md").read_text(encoding="utf-8")


NEVER_GRANTED = {"id", "grants"}


def test_every_column_but_those_never_granted_belongs_to_exactly_one_cluster() -> None:
    assert set(collections()) == set(COLUMNS)
    for collection, columns in COLUMNS.items():
        granted = [
            name for one in clusters().values() if one.collection == collection for name in one.columns
        ]
        assert sorted(granted) == sorted(set(columns) - NEVER_GRANTED), collection


def test_every_id_is_its_collection_and_one_word_and_is_there_once() -> None:
    ids = [one["id"] for collection in TOLD["collections"] for one in collection["clusters"]]
    assert len(set(ids)) == len(ids) == len(clusters())
    for one in clusters().values():
        assert re.fullmatch(r"[a-z]+\.[a-z]+/[a-z]+", one.id)
        assert one.id.partition("/")[0] == one.collection


def test_every_collection_has_three_or_four_clusters() -> None:
    for collection in collections():
        assert len([one for one in clusters().values() if one.collection == collection]) in (3, 4)


@pytest.mark.parametrize("cluster_id", clusters())
def test_every_cluster_has_its_words_in_both_languages(cluster_id: str) -> None:
    english, chinese = (describe(cluster_id, language) for language in LANGUAGES)
    assert english.description.endswith(".")
    assert chinese.description.endswith("。")
    assert english.never.startswith("Never included: ")
    assert chinese.never.startswith("绝不包含")
    assert english.label.isascii()
    assert re.search("[\u4e00-\u9fff]", chinese.label)
    for words in (english, chinese):
        assert max(len(words.label), len(words.description), len(words.never)) <= 160
        assert not re.search(r"\s$|^\s|\s\s", words.label + words.description + words.never)


def test_no_two_clusters_have_one_label() -> None:
    for language in LANGUAGES:
        labels = [describe(one, language).label for one in clusters()]
        assert len(set(labels)) == len(labels)
        assert all(told[language] for told in collections().values())


def test_the_file_has_nothing_that_nobody_reads() -> None:
    assert set(TOLD) == {"version", "collections"}
    for collection in TOLD["collections"]:
        assert set(collection) == {"id", "label", "clusters"}
        for one in collection["clusters"]:
            assert set(one) == {"id", "columns", "label", "description", "never"}
            assert all(set(one[part]) == set(LANGUAGES) for part in ("label", "description", "never"))


def test_columns_are_told_by_collection_each_once_whatever_the_order_asked() -> None:
    asked = ["music.play/where", "commerce.order/when", "music.play/what", "music.play/where"]
    assert columns_of(asked) == {
        "music.play": ("name", "by", "in", "media", "ref", "played_ms", "country"),
        "commerce.order": ("at", "precision"),
    }
    assert columns_of(reversed(asked)) == columns_of(asked)
    assert columns_of([]) == {}


@pytest.mark.parametrize(
    "cluster_id", ["", "music.play", "music.play/id", "music.play/what ", "MUSIC.PLAY/WHAT"]
)
def test_a_cluster_that_does_not_exist_is_refused(cluster_id: str) -> None:
    with pytest.raises(UnknownCluster):
        cluster(cluster_id)
    with pytest.raises(UnknownCluster):
        describe(cluster_id, "en")
    with pytest.raises(UnknownCluster):
        columns_of(["music.play/what", cluster_id])


@pytest.mark.parametrize("language", ["", "zh", "de", "EN"])
def test_a_language_without_words_is_refused(language: str) -> None:
    with pytest.raises(UnknownLanguage):
        describe("music.play/what", language)


def test_the_page_shows_the_file_as_it_is() -> None:
    example = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    assert example in [one for collection in TOLD["collections"] for one in collection["clusters"]]
    rows = re.findall(r"^\| `([a-z.]+/[a-z]+)` \| (.+) \|$", PAGE, re.MULTILINE)
    told = {found: tuple(columns.replace("`", "").split()) for found, columns in rows}
    assert told == {one.id: one.columns for one in clusters().values()}
