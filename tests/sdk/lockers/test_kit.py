"""A kit has on it what opens the account, and nothing that loads or runs."""

import re
from datetime import UTC, datetime

import pytest
from planetvault.owner import Password, RecoveryPhrase
from planetvault.owner.kit import Kit
from planetvault.sealing.recovery_phrase import entropy_of

DAY = datetime(2027, 3, 14, tzinfo=UTC)
URL = "https://vault.example"


def test_the_words_on_the_sheet_are_the_phrase() -> None:
    phrase = RecoveryPhrase.new()
    for sheet in (Kit.of_phrase(phrase, URL, DAY).text, Kit.of_phrase(phrase, URL, DAY).html()):
        words = [word for _, word in sorted((int(n), w) for n, w in re.findall(r"(\d+)\. ([a-z]+)", sheet))]
        assert entropy_of(" ".join(words)) == entropy_of(phrase.words)
        assert URL in sheet
        assert "2027-03-14" in sheet


def test_a_secret_key_is_read_back_from_its_sheet_and_the_password_is_not_on_it() -> None:
    password = Password.new("what nobody writes down")
    kit = Kit.of_password(password, URL, DAY)
    assert Password.of(password.password, kit.rows[0]) == password
    assert password.password not in kit.text + kit.html()


@pytest.mark.parametrize("kit", [Kit.of_phrase(RecoveryPhrase.new(), URL, DAY)])
def test_the_page_loads_nothing_and_runs_nothing(kit: Kit) -> None:
    page = kit.html()
    assert not re.search(r"<script|\bon\w+=|<link|<img|url\(|\bsrc=|https?://(?!vault\.example)", page)
    assert "<svg" in page
    assert kit.secret not in repr(kit)


def test_an_address_cannot_write_into_the_page() -> None:
    kit = Kit.of_phrase(RecoveryPhrase.new(), "https://<script>alert(1)</script>", DAY)
    assert "<script" not in kit.html()
