"""The partner directory of one transaction."""

from dataclasses import dataclass

from anchor.records.parties import Partner, verify_partner
from anchor.records.signed import Signed
from vault.db import Transaction
from vault.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A key of the directory: whose it is, and the 32 public bytes."""

    domain: str
    public: bytes


class Partners:
    """The partners of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def entries(self, domain: str) -> list[bytes]:
        """Every entry of a partner as it was signed, oldest first.

        Raises:
            NotFound: if the directory does not know this domain.
        """
        rows = self._transaction.all(
            "SELECT raw FROM partner_entries WHERE domain = :domain ORDER BY seq", {"domain": domain}
        )
        if not rows:
            raise NotFound("the directory does not know this partner")
        return [row[0] for row in rows]

    def newest(self, domain: str) -> Signed[Partner]:
        """A partner's newest entry.

        Raises:
            NotFound: if the directory does not know this domain.
        """
        return verify_partner(self.entries(domain))[-1]

    def key(self, kid: bytes) -> PartnerKey | None:
        """The partner whose newest key this is."""
        row = self._transaction.one(
            """
            SELECT e.domain, e.sign_key FROM partners p
            JOIN partner_entries e ON e.domain = p.domain AND e.seq = p.seq WHERE p.sign_kid = :kid
            """,
            {"kid": kid},
        )
        return PartnerKey(*row) if row else None

    def add(self, entry: Signed[Partner], sign_kid: bytes) -> None:
        """Add an entry that was verified to follow the newest, and queue it for the log.

        Raises:
            Conflict: if another entry came first, or the key is in the directory already.
        """
        record = entry.record
        holder = self._transaction.one(
            "SELECT domain FROM partner_entries WHERE sign_kid = :kid", {"kid": sign_kid}
        )
        if holder and holder[0] != record.partner:
            raise Conflict("this key is another partner's")
        added = self._transaction.run(
            """
            INSERT INTO partner_entries (domain, seq, hash, sign_kid, sign_key, raw)
            VALUES (:domain, :seq, :hash, :sign_kid, :sign_key, :raw) ON CONFLICT DO NOTHING
            """,
            {
                "domain": record.partner,
                "seq": record.seq,
                "hash": entry.hash,
                "sign_kid": sign_kid,
                "sign_key": record.sign_key,
                "raw": entry.raw,
            },
        )
        if not added:
            if self.entries(record.partner)[record.seq - 1] == entry.raw:
                return  # sent twice at once, and the other one was first
            raise Conflict("another entry came first")
        self._transaction.run(
            """
            INSERT INTO partners (domain, seq, head, sign_kid) VALUES (:domain, :seq, :head, :sign_kid)
            ON CONFLICT (domain) DO UPDATE
            SET seq = excluded.seq, head = excluded.head, sign_kid = excluded.sign_kid
            """,
            {"domain": record.partner, "seq": record.seq, "head": entry.hash, "sign_kid": sign_kid},
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": entry.entry})

    def spend_nonce(self, kid: bytes, nonce: str, expires: int) -> None:
        """Take a request's nonce once.

        Raises:
            Conflict: if this key used it before.
        """
        taken = self._transaction.run(
            "INSERT INTO nonces (kid, nonce, expires) VALUES (:kid, :nonce, :expires) ON CONFLICT DO NOTHING",
            {"kid": kid, "nonce": nonce, "expires": expires},
        )
        if not taken:
            raise Conflict("this request was sent before: sign a new one")
