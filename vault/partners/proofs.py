"""The proofs of domains in one transaction, and the worker's look at those that are due."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from vault.db import Connection, Row, Transaction, writing
from vault.egress import AddressRefused, Egress, NoAnswer
from vault.names import NoTexts
from vault.partners import proof

ROUND_MAX = 16
AT_ONCE = 8
CLAIM_SECONDS = 120
"""While one worker looks, others leave it alone."""


@dataclass(frozen=True, slots=True)
class DomainProof:
    """What is known of a domain: times in seconds, failures in a row, and the ``way`` it was seen."""

    seen: int | None
    checked: int | None
    failures: int
    error: str
    way: str | None

    @property
    def state(self) -> str:
        """Where it stands."""
        return proof.state_of(self.seen, self.failures)


NEVER = DomainProof(None, None, 0, "", None)


class DomainProofs:
    """The proofs of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of(self, domain: str) -> DomainProof:
        """What is known of a domain; of one that never asked, nothing."""
        row = self._transaction.one(
            "SELECT seen, checked, failures, error, way FROM domain_proofs WHERE domain = :domain",
            {"domain": domain},
        )
        return DomainProof(*row) if row else NEVER

    def ask(self, domain: str, now: int) -> None:
        """Have the domain looked at now."""
        self._transaction.run(
            """
            INSERT INTO domain_proofs (domain, failures, error, due) VALUES (:domain, 0, '', :now)
            ON CONFLICT (domain) DO UPDATE SET due = excluded.due
            """,
            {"domain": domain, "now": now},
        )

    def ask_again(self, domain: str, now: int) -> None:
        """Have it looked at now if it ever was: its key is another."""
        self._transaction.run(
            "UPDATE domain_proofs SET due = :now WHERE domain = :domain", {"domain": domain, "now": now}
        )

    def claim(self, now: int) -> list[Row]:
        """Take some that are due: domain, newest kid, when and how it was seen, failures."""
        rows = self._transaction.all(
            """
            SELECT d.domain, p.sign_kid, d.seen, d.way, d.failures, d.due
            FROM domain_proofs d JOIN partners p ON p.domain = d.domain
            WHERE d.due <= :now ORDER BY d.due LIMIT :most
            """,
            {"now": now, "most": ROUND_MAX},
        )
        return [row[:5] for row in rows if self._claimed(row, now)]

    def _claimed(self, row: Row, now: int) -> bool:
        return bool(
            self._transaction.run(
                "UPDATE domain_proofs SET due = :later WHERE domain = :domain AND due = :due",
                {"later": now + CLAIM_SECONDS, "domain": row[0], "due": row[5]},
            )
        )

    def keep(self, domain: str, found: DomainProof, due: int | None) -> None:
        """Keep what a look found, and when the next one is."""
        self._transaction.run(
            """
            UPDATE domain_proofs
            SET seen = :seen, checked = :checked, failures = :failures, error = :error, way = :way, due = :due
            WHERE domain = :domain
            """,
            {
                "domain": domain,
                "seen": found.seen,
                "checked": found.checked,
                "failures": found.failures,
                "error": found.error,
                "way": found.way,
                "due": due,
            },
        )


def look(connection: Connection, egress: Egress, clock: Callable[[], datetime]) -> dict[str, int]:
    """Look at the domains that are due, once each; how many are proved, and how many not."""
    now = int(clock().timestamp())
    with writing(connection) as transaction:
        due = DomainProofs(transaction).claim(now)
    if not due:
        return {}
    with ThreadPoolExecutor(AT_ONCE, "domains") as threads:
        looks = list(threads.map(lambda row: _look_at(egress, row[0], row[1]), due))
    now = int(clock().timestamp())
    with writing(connection) as transaction:
        for (domain, _, seen, before, failures), (way, error) in zip(due, looks, strict=True):
            failed = failures + 1 if error else 0
            found = DomainProof(seen if error else now, now, failed, error, way or before)
            DomainProofs(transaction).keep(domain, found, proof.next_look(failed, now))
    proved = sum(not error for _, error in looks)
    return {"proved": proved, "not": len(looks) - proved}


def _look_at(egress: Egress, domain: str, kid: bytes) -> tuple[str | None, str]:
    """How a domain proves the key, or what is wrong: with its file, if there is no TXT record either."""
    try:
        _look_at_file(egress, domain, kid)
    except (AddressRefused, NoAnswer, proof.NotProved) as error:
        try:
            proof.verify_texts(egress.texts(f"{proof.LABEL}.{domain}"), kid)
        except NoTexts:
            return None, str(error)
        except proof.NotProved as unnamed:
            return None, str(unnamed)
        return proof.DNS, ""
    return proof.FILE, ""


def _look_at_file(egress: Egress, domain: str, kid: bytes) -> None:
    answer = egress.send(
        "GET",
        f"https://{domain}{proof.PATH}",
        {"user-agent": "planetvault-proof/1", "accept": "text/plain"},
        most=proof.FILE_BYTES_MAX + 1,
    )
    proof.verify_file(answer.status, answer.body, kid)
