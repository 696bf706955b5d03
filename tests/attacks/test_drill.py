"""The drill and a few mutations, small enough for every run of the tests."""

from tests.attacks.drill import drill
from tests.attacks.mutations import run
from tests.attacks.rows import ROWS
from tests.attacks.town import Town


def test_twelve_words_or_two_guardians_restore_a_lost_vault_to_the_byte(town: Town) -> None:
    said: list[str] = []
    drill(town, said.append)
    assert [line for line in said if line.endswith("0 differences")] == [said[2], said[4]]
    assert said[-1].startswith("drill: everything restored")


def test_no_mutation_of_an_answer_is_accepted_or_crashes_the_client() -> None:
    outcome = run(400, seed=2)
    assert (outcome.accepted, outcome.untyped) == ([], [])
    assert outcome.refused > 200


def test_every_row_is_tried() -> None:
    assert sorted(ROWS) == list(range(1, 37))
    assert all(row.tests for row in ROWS.values())
