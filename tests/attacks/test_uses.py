"""Attacks on grants and on what may be read of somebody's data."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from planetvault.errors import PlanetVaultError, UseRefused
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.partner import Partner

from anchor.encoding import to_base64url
from tests.attacks.town import Town, town
from tests.sdk.client.scene import plays

LETTERS = 8
"""Fewer could stand in sealed bytes by chance."""
SECRET_WORDS = ("The Testers", "Fixtures", "Song 2027", "spotify:track", "android")


def test_a_grant_opens_nothing_for_another_partner(town: Town) -> None:
    grant = town.granted()
    items = town.partner.items(grant)
    other = Partner.create(
        "other.example", "Other", town.url, RamMemory(), transport=town.between, clock=town.clock
    )
    with pytest.raises(PlanetVaultError):
        other.use(grant, items)
    assert town.owner.receipts() == []


def test_a_grant_opens_nothing_after_its_last_use(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    signed = town.owner.grant(town.asked(max_uses=1))
    grant = next(one for one in town.partner.grants() if one.hash == signed.hash)
    items = town.partner.items(grant)
    town.partner.use(grant, items)
    with pytest.raises(UseRefused):
        town.partner.use(grant, items)
    assert len(town.owner.receipts()) == 1


def test_a_grant_opens_nothing_after_it_was_taken_back(town: Town) -> None:
    grant = town.used()
    items = town.partner.items(grant)
    town.owner.revoke(grant.signed)
    with pytest.raises(PlanetVaultError):
        town.partner.use(grant, items)
    assert [one.revocation is not None for one in town.owner.receipts()] == [False, True]


def test_a_grant_opens_nothing_after_it_expired(town: Town) -> None:
    grant = town.granted()
    items = town.partner.items(grant)
    town.clock.pass_by(days=400)
    with pytest.raises(PlanetVaultError):
        town.partner.use(grant, items)
    assert town.sql("SELECT count(*) FROM receipts") == [(0,)]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_use_dated_outside_the_window_is_refused(town: Town, minutes: int) -> None:
    grant = town.granted()
    items = town.partner.items(grant)
    skewed = Partner.open(
        town.url,
        town.partners_memory,
        transport=town.between,
        clock=lambda: town.clock() + timedelta(minutes=minutes),
    )
    with pytest.raises(UseRefused):
        skewed.use(grant, items)
    assert town.sql("SELECT count(*) FROM receipts") == [(0,)]


def test_a_signed_request_sent_again_is_refused(town: Town) -> None:
    town.granted()
    town.partner.grants()
    signed = [one for one in town.between.requests if "signature-input" in one.headers][-1]
    headers = {name: value for name, value in signed.headers.items() if name != "host"}
    again = town.between.vault.request(signed.method, signed.url, headers=headers)
    assert again.status_code in {401, 409}
    assert town.partner.grants()


def stored(file: Path) -> Iterator[bytes]:
    """Every byte that the vault keeps of anybody, files and log beside the database included."""
    for path in file.parent.glob("vault.sqlite3*"):
        yield path.read_bytes()
    with closing(sqlite3.connect(file)) as database:
        yield "\n".join(database.iterdump()).encode()


def test_no_word_of_the_data_is_stored_sent_or_answered_in_the_clear(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    town.owner.import_export(plays("2027-01", "2027-02"))
    Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock).items()
    town.between.vault.get("/v1/items/not-an-item")
    sent = b"\n".join(one.content for one in town.between.requests)
    answered = b"\n".join(body for _, body in town.between.answers)
    everything = b"\n".join([*stored(town.file), sent, answered])
    for word in (*SECRET_WORDS, "music.play", "2027-01"):
        assert word.encode() not in everything
    for word in SECRET_WORDS:
        for shift in range(3):
            encoded = to_base64url(bytes(shift) + word.encode())[4 * (shift > 0) : -4]
            assert len(encoded) < LETTERS or encoded.encode() not in everything


def test_two_owners_with_the_same_export_share_no_id_and_no_sealed_byte(tmp_path: Path) -> None:
    kept = []
    for name in ("one", "other"):
        with town(tmp_path / name) as one:
            one.owner.import_export(plays("2027-01"))
            rows = one.sql("SELECT item, field, sealed FROM fields") + one.sql("SELECT id, key FROM items")
            kept.append({value for row in rows for value in row})
    assert kept[0].isdisjoint(kept[1])
