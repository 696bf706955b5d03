"""A short race of the kind that ``make race`` runs long; and that its judge sees what is wrong."""

from dataclasses import replace

import pytest

from tests.races.race import Race, databases, run, verify_race


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Race:
    folder = tmp_path_factory.mktemp("race")
    with databases(["sqlite"], folder) as urls:
        return run(folder, urls["sqlite"], uses=120)


def test_nothing_is_opened_after_a_revocation_however_many_ask(race: Race) -> None:
    verify_race(race)
    assert len(race.sent) == 120
    assert race.opened


def test_a_receipt_behind_the_revocation_is_seen(race: Race) -> None:
    late = race.opened[0].entry
    moved = [entry for entry in race.entries if entry != late] + [late]
    with pytest.raises(AssertionError, match="after the revocation"):
        verify_race(replace(race, entries=moved))


def test_a_missing_receipt_is_seen(race: Race) -> None:
    with pytest.raises(AssertionError, match="missing"):
        verify_race(replace(race, opened=race.opened[1:]))


def test_a_use_that_left_after_the_revocation_and_was_opened_is_seen(race: Race) -> None:
    sent = [replace(one, left=race.revoked.back + 1) for one in race.sent]
    with pytest.raises(AssertionError, match="too late"):
        verify_race(replace(race, sent=sent))
