"""Names of records as arguments: none is taken for an option."""

import argparse
from pathlib import Path

import pytest
from planetvault.arguments import parsed

NAME = "-" + "A" * 42


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    commands = made.add_subparsers(dest="command", required=True)
    veto = commands.add_parser("veto")
    veto.add_argument("opening")
    veto.add_argument("--loud", action="store_true")
    veto.add_argument("--word", default="")
    return made


@pytest.mark.parametrize("name", [NAME, "-" + "-" * 42, "-loud" + "x" * 38, "A" * 43])
def test_a_name_is_a_name_whatever_it_begins_with(name: str) -> None:
    options = parsed(parser(), ["veto", name, "--loud", "--word", "no"])
    assert (options.opening, options.loud, options.word) == (name, True, "no")
    assert parsed(parser(), ["veto", "--loud", name]).opening == name


@pytest.mark.parametrize("other", ["-x", "--unknown", "-" + "A" * 41])
def test_what_is_no_name_is_still_an_option(other: str) -> None:
    with pytest.raises(SystemExit):
        parsed(parser(), ["veto", other])


def test_words_stay_as_they_were_given_of_whatever_type_they_are() -> None:
    made = argparse.ArgumentParser()
    made.add_argument("words")
    made.add_argument("--into", type=Path)
    made.add_argument("--log", action="append")
    options = parsed(made, [" hello", "--into", NAME, "--log", NAME, "--log", "b"])
    assert (options.words, options.into, options.log) == (" hello", Path(NAME), [NAME, "b"])
