"""The step of the schema that keeps places by row number takes a filled log along, both ways."""

from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, RECORDS_KEY, Town
from vault.db import connect, reading, writing
from vault.log.proofs import Proofs
from vault.log.store import Entries
from vault.migrations import migrate, revert
from vault.worker import Worker


def test_a_filled_log_goes_forward_and_back_and_forward_again(database_url: str) -> None:
    migrate(database_url)
    town = Town(database_url, connect(database_url))
    town.settle(2)
    worker = Worker(database_url, records=RECORDS_KEY, log=LOG_KEY)
    try:
        for household in town.households:
            town.use(household, 200)
        with writing(town.connection) as transaction:
            Entries(transaction).queue([bytes([2]) + bytes(32)])
        worker.sequence()
        places = town.rows("SELECT position, receipt FROM log_entries ORDER BY position")
        revert(database_url, "0002")
        entries = [entry for (entry,) in town.rows("SELECT entry FROM log_entries ORDER BY position")]
        assert entries == [*(receipt.entry for receipt in town.receipts), bytes([2]) + bytes(32)]
        migrate(database_url)
        assert town.rows("SELECT position, receipt FROM log_entries ORDER BY position") == places
        with reading(town.connection) as transaction:
            proofs = Proofs(transaction, LOG_ORIGIN, None)
            assert proofs.of(town.receipts[-1].hash).inclusion.index == len(town.receipts) - 1
    finally:
        worker.close()
        town.connection.close()
