"""The pages of docs/spec say what the code does: examples to the byte, fields, words and links."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.records.lockers import ENTRIES_MAX as ACCOUNT_ENTRIES_MAX
from anchor.records.parties import ENTRIES_MAX
from anchor.records.shape import wires_of
from anchor.records.signed import RECORD_BYTES_MAX
from tests.records.examples import FIRST_LINK, examples, seed
from tests.records.strategies import VOCABULARY, word_of
from tests.vectors.build_record_pages import PAGES, PLACE, with_examples
from tests.vectors.record_scenarios.accepted import KINDS

NOUNS = pytest.mark.parametrize("noun", KINDS)
RECORD_PAGES = ["signed-record", *KINDS]


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def section(name: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section {heading}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their headings."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def plain(word: str) -> str:
    """A word of the vocabulary as the pages write it: ``MaybeHash`` is ``hash or null``."""
    words = " ".join(re.findall(r"[A-Z][a-z]*|[0-9]+", word)).lower()
    return f"{words.removeprefix('maybe ')} or null" if words.startswith("maybe ") else words


@pytest.mark.parametrize("name", RECORD_PAGES)
def test_the_example_of_a_page_is_made_from_the_story(name: str) -> None:
    assert PLACE.search(page(name)), "there is no example"
    assert with_examples(page(name)) == page(name), "run make vectors"


@NOUNS
def test_a_reader_of_the_page_finds_the_signed_bytes(noun: str) -> None:
    found = re.search(r"```text\n(eyJ[A-Za-z0-9_.\n-]+)```", page(noun))
    assert found
    assert found[1].replace("\n", "") == examples()[noun].signed.text


@NOUNS
def test_a_page_lists_every_field_in_order_with_its_value(noun: str) -> None:
    fields = [(name, plain(word_of(wire))) for name, wire in wires_of(KINDS[noun]).items()]
    listed = [(cells[0].strip("`"), cells[1]) for cells in rows(section(noun, "Fields"))]
    assert listed == [("v", "1"), *fields]


@NOUNS
def test_a_page_says_who_signs_how_to_verify_and_what_it_does_not_say(noun: str) -> None:
    for heading in ("Fields", "Signer", "Verifying", "What it does not say"):
        assert section(noun, heading).strip()
    assert re.search(r"^1\. ", section(noun, "Verifying"), re.MULTILINE)
    assert f"with the noun\n`{noun}`" in page(noun) or f"with the noun `{noun}`" in page(noun)


@NOUNS
def test_a_page_says_whether_the_record_is_logged(noun: str) -> None:
    entry = KINDS[noun].ENTRY
    said = "not logged" if entry is None else f"an entry of the log with the type byte `{entry:02x}`"
    assert said in page(noun)


def test_the_words_of_the_vocabulary_are_all_explained() -> None:
    listed = [
        word
        for cells in rows(section("signed-record", "Values"))
        for word in re.findall(r"`(.+?)`", cells[0])
    ]
    assert sorted(listed) == sorted(map(plain, VOCABULARY))


def test_the_type_bytes_are_listed() -> None:
    listed = {
        re.sub(r"\W", "", cells[1].split("]")[0]): int(cells[0].strip("`"), 16)
        for cells in rows(section("signed-record", "Names"))
    }
    assert listed == {noun: kind.ENTRY for noun, kind in KINDS.items() if kind.ENTRY is not None}


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{RECORD_BYTES_MAX:,} bytes" in page("signed-record")
    assert f"1 to {ENTRIES_MAX} entries" in page("partner")
    assert f"1 to {ACCOUNT_ENTRIES_MAX:,} entries" in page("account")


@pytest.mark.parametrize("word", ["Id", "Hash", "Salt", "PublicKey", "SealingKey", "Address"])
def test_the_lengths_of_binary_values_are_those_of_the_code(word: str) -> None:
    [cells] = [cells for cells in rows(section("signed-record", "Values")) if cells[0] == f"`{plain(word)}`"]
    length = int(cells[1].removeprefix("text, ").removesuffix(" characters").replace(",", ""))
    value = VOCABULARY[word].read(to_base64url(bytes(length * 3 // 4)))
    assert f"{len(value):,}" in cells[2]
    assert len(from_base64url("A" * length)) == len(value)


def test_the_owner_link_of_the_example_opens_with_the_blind_on_the_page() -> None:
    assert to_base64url(FIRST_LINK.blind) in page("receipt")


def test_the_seeds_of_the_examples_are_those_on_the_index() -> None:
    assert seed("vault") == sha256(b"planetvault test seed" + b"\x00" + b"vault").digest()
    assert 'SHA-256("planetvault test seed" ‖ `00` ‖ name)' in page("README").replace("\n", " ")
    for name in {example.signer for example in examples().values()}:
        assert f"`{name}`" in page("README")


def test_the_index_names_every_page_once() -> None:
    named = re.findall(r"^\| \[[a-z ]+\]\(([a-z-]+)\.md\)", page("README"), re.MULTILINE)
    written = {path.stem for path in Path(PAGES).glob("*.md")} - {"README"}
    assert len(named) == len(set(named))
    assert written <= set(named), written - set(named)
