"""Accounts, their lockers and what they keep sealed, of one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from anchor.keys import kid_of
from anchor.records.account import AccountEntry
from anchor.records.erasure import Erasure
from anchor.records.lockers import lockers_of
from anchor.records.signed import Signed
from vault.db import Transaction
from vault.errors import Conflict, JournalMoved, NotFound


@dataclass(frozen=True, slots=True)
class Locker:
    """What the vault keeps of a locker: how to check it, and what only it can open."""

    kid: bytes
    kind: str
    sign_key: bytes
    sealing_key: bytes
    sealed_root: bytes
    root_mac: bytes
    parameters: bytes


class Accounts:
    """The accounts of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def create(self, entry: Signed[AccountEntry], locker: Locker, now: int) -> None:
        """Open an account with its first locker.

        Raises:
            Conflict: if the account or the locker exists with other content.
        """
        account = entry.record.account
        if self._transaction.one("SELECT id FROM accounts WHERE id = :account", {"account": account}):
            raise Conflict("this account exists")
        if self.locker(locker.kid):
            raise Conflict("this locker belongs to an account")
        self._transaction.run(
            """
            INSERT INTO accounts (id, created, chain_seq, chain_head, journal_seq, receipts)
            VALUES (:account, :now, 1, :head, 0, 0)
            """,
            {"account": account, "now": now, "head": entry.hash},
        )
        self._keep_entry(entry)
        self._keep_locker(account, locker)

    def lock_chain(self, account: bytes) -> int:
        """How many entries the account chain has, held until the transaction ends.

        Raises:
            NotFound: if there is no such account, or it has ended.
        """
        row = self._transaction.one(
            "SELECT chain_seq FROM accounts WHERE id = :account FOR UPDATE", {"account": account}
        )
        if row is None or self.erasure(account) is not None:
            raise NotFound("no such account")
        return int(row[0])

    def hold(self, account: bytes) -> None:
        """Hold an account, before something is kept for it: it does not end until the transaction does.

        Whoever asks was let in before, and the account may have ended since.

        Raises:
            NotFound: if there is no such account, or it has ended.
        """
        self.lock_chain(account)

    def append(self, entry: Signed[AccountEntry]) -> None:
        """Put an entry at the end of its account's chain."""
        self._keep_entry(entry)
        self._transaction.run(
            "UPDATE accounts SET chain_seq = :seq, chain_head = :head WHERE id = :account",
            {"account": entry.record.account, "seq": entry.record.seq, "head": entry.hash},
        )

    def _keep_entry(self, entry: Signed[AccountEntry]) -> None:
        record = entry.record
        self._transaction.run(
            "INSERT INTO account_entries (account, seq, hash, raw) VALUES (:account, :seq, :hash, :raw)",
            {"account": record.account, "seq": record.seq, "hash": entry.hash, "raw": entry.raw},
        )

    def add_locker(self, account: bytes, locker: Locker, finder: bytes | None) -> None:
        """Let a locker stand, and be found by its finder if it has one.

        A finder of this very account moves to the new locker: so a password is made anew at a
        higher cost, and its secret key stays the same.

        Raises:
            Conflict: if the locker belongs to an account already, or the finder to another one.
        """
        taken = self._transaction.one("SELECT kid FROM lockers WHERE kid = :kid", {"kid": locker.kid})
        found = self.found(finder) if finder else None
        if taken or (found and found[0] != account):
            raise Conflict("this locker belongs to an account")
        self._keep_locker(account, locker)
        if finder:
            self._transaction.run("DELETE FROM finders WHERE finder = :finder", {"finder": finder})
            self._transaction.run(
                "INSERT INTO finders (finder, kid) VALUES (:finder, :kid)",
                {"finder": finder, "kid": locker.kid},
            )

    def remove_locker(self, kid: bytes, now: int) -> None:
        """A locker stands no more: its sessions end, and what only it could open is deleted."""
        self._transaction.run(
            """
            UPDATE lockers SET removed = :now, sealed_root = :nothing, root_mac = :nothing,
                               parameters = :nothing
            WHERE kid = :kid
            """,
            {"kid": kid, "now": now, "nothing": b""},
        )
        self._transaction.run("DELETE FROM finders WHERE kid = :kid", {"kid": kid})
        # First the half: an opening that is being asked holds it, and is deleted when it is there.
        self._transaction.run("DELETE FROM guarded_lockers WHERE locker = :kid", {"kid": kid})
        self._transaction.run("DELETE FROM openings WHERE locker = :kid", {"kid": kid})
        self._transaction.run("DELETE FROM sessions WHERE kid = :kid", {"kid": kid})

    def seal_root(self, kid: bytes, sealed: bytes) -> None:
        """Keep the root key of today for one locker."""
        self._transaction.run(
            "UPDATE lockers SET sealed_root = :sealed WHERE kid = :kid", {"kid": kid, "sealed": sealed}
        )

    def pause(self, account: bytes, since: int | None) -> None:
        """Pause all uses of an owner's data since a time in seconds, or with None no longer."""
        self._transaction.run(
            "UPDATE accounts SET paused = :since WHERE id = :account", {"since": since, "account": account}
        )

    def paused(self, account: bytes) -> int | None:
        """Since when all uses are paused, in seconds."""
        row = self._transaction.one("SELECT paused FROM accounts WHERE id = :account", {"account": account})
        return row[0] if row else None

    def vouch(self, kid: bytes, root_mac: bytes) -> None:
        """Keep the root MAC of a locker that another one added.

        Raises:
            Conflict: if it gave another one before.
        """
        kept = self._transaction.run(
            """
            UPDATE lockers SET root_mac = :root_mac
            WHERE kid = :kid AND (root_mac = :root_mac OR root_mac = :nothing)
            """,
            {"kid": kid, "root_mac": root_mac, "nothing": b""},
        )
        if not kept:
            raise Conflict("this locker vouched for another root")

    def found(self, finder: bytes) -> tuple[bytes, Locker] | None:
        """The account and locker that a finder leads to."""
        row = self._transaction.one("SELECT kid FROM finders WHERE finder = :finder", {"finder": finder})
        return self.locker(row[0]) if row else None

    def finders(self, account: bytes) -> dict[bytes, bytes]:
        """The finders of an account's lockers, by kid."""
        rows = self._transaction.all(
            """
            SELECT f.kid, f.finder FROM finders f JOIN lockers l ON l.kid = f.kid
            WHERE l.account = :account
            """,
            {"account": account},
        )
        return {row[0]: row[1] for row in rows}

    def move_in(self, entries: Sequence[Signed[AccountEntry]], now: int) -> None:
        """Open an account that has a history: every entry of its chain. Its lockers are added next.

        Lockers that were removed are remembered, so that none of them comes back elsewhere.
        """
        account, newest = entries[0].record.account, entries[-1]
        self._transaction.run(
            """
            INSERT INTO accounts (id, created, chain_seq, chain_head, journal_seq, receipts)
            VALUES (:account, :now, :seq, :head, 0, 0)
            """,
            {"account": account, "now": now, "seq": newest.record.seq, "head": newest.hash},
        )
        for entry in entries:
            self._keep_entry(entry)
        standing = lockers_of(entries)
        gone = {kid_of(one.record.sign_key): one.record for one in entries}
        for kid, record in gone.items():
            if kid not in standing:
                keys = record.kind, record.sign_key, record.sealing_key
                self.add_locker(account, Locker(kid, *keys, b"", b"", b""), None)
                self.remove_locker(kid, now)

    def _keep_locker(self, account: bytes, locker: Locker) -> None:
        self._transaction.run(
            """
            INSERT INTO lockers (kid, account, kind, sign_key, sealing_key, sealed_root, root_mac, parameters)
            VALUES (:kid, :account, :kind, :sign_key, :sealing_key, :sealed_root, :root_mac, :parameters)
            """,
            {
                "kid": locker.kid,
                "account": account,
                "kind": locker.kind,
                "sign_key": locker.sign_key,
                "sealing_key": locker.sealing_key,
                "sealed_root": locker.sealed_root,
                "root_mac": locker.root_mac,
                "parameters": locker.parameters,
            },
        )

    def entry(self, account: bytes, seq: int) -> bytes | None:
        """One entry of an account chain, as it was signed."""
        row = self._transaction.one(
            "SELECT raw FROM account_entries WHERE account = :account AND seq = :seq",
            {"account": account, "seq": seq},
        )
        return row[0] if row else None

    def locker(self, kid: bytes) -> tuple[bytes, Locker] | None:
        """The account and locker behind a kid, unless it was removed."""
        row = self._transaction.one(
            """
            SELECT account, kid, kind, sign_key, sealing_key, sealed_root, root_mac, parameters
            FROM lockers WHERE kid = :kid AND removed IS NULL
            """,
            {"kid": kid},
        )
        return (row[0], Locker(*row[1:])) if row else None

    def lockers(self, account: bytes) -> list[Locker]:
        """The lockers that stand."""
        rows = self._transaction.all(
            """
            SELECT kid, kind, sign_key, sealing_key, sealed_root, root_mac, parameters
            FROM lockers WHERE account = :account AND removed IS NULL ORDER BY kid
            """,
            {"account": account},
        )
        return [Locker(*row) for row in rows]

    def head(self, account: bytes) -> bytes:
        """The hash of the newest entry of an account chain.

        Raises:
            NotFound: if there is no such account.
        """
        row = self._transaction.one(
            "SELECT chain_head FROM accounts WHERE id = :account", {"account": account}
        )
        if row is None:
            raise NotFound("no such account")
        return bytes(row[0])

    def erase(self, account: bytes, now: int) -> None:
        """End an account: nobody logs in any more, and nothing is left that a locker could open."""
        for locker in self.lockers(account):
            self.remove_locker(locker.kid, now)
        for statement in (
            "DELETE FROM sealed_secrets WHERE account = :account",
            "DELETE FROM pairings WHERE account = :account",
        ):
            self._transaction.run(statement, {"account": account})
        self._transaction.run(
            "UPDATE account_entries SET raw = :nothing WHERE account = :account",
            {"account": account, "nothing": b""},
        )

    def keep_erasure(self, erasure: Signed[Erasure]) -> None:
        """Keep the record of an account's end, and queue it for the log."""
        self._transaction.run(
            "INSERT INTO erasures (account, hash, raw) VALUES (:account, :hash, :raw)",
            {"account": erasure.record.account, "hash": erasure.hash, "raw": erasure.raw},
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": erasure.entry})

    def erasure(self, account: bytes) -> bytes | None:
        """The record of an account's end, if it has ended."""
        row = self._transaction.one("SELECT raw FROM erasures WHERE account = :account", {"account": account})
        return row[0] if row else None

    def chain(self, account: bytes) -> list[bytes]:
        """Every entry of an account chain."""
        rows = self._transaction.all(
            "SELECT raw FROM account_entries WHERE account = :account ORDER BY seq", {"account": account}
        )
        return [row[0] for row in rows]

    def journal(self, account: bytes) -> tuple[int, bytes | None]:
        """Where the owner's journal stands: number and hash of its newest manifest.

        Raises:
            NotFound: if there is no such account.
        """
        row = self._transaction.one(
            "SELECT journal_seq, journal_head FROM accounts WHERE id = :account", {"account": account}
        )
        if row is None:
            raise NotFound("no such account")
        return row[0], row[1]

    def lock_journal(self, account: bytes) -> tuple[int, bytes | None]:
        """Where the owner's journal stands, held with the owner until the transaction ends."""
        self._transaction.one("SELECT id FROM accounts WHERE id = :account FOR UPDATE", {"account": account})
        return self.journal(account)

    def move_journal(self, account: bytes, *, before: int, seq: int, head: bytes) -> None:
        """The journal stood at ``before`` and stands at ``seq`` now.

        Raises:
            JournalMoved: if another device moved it in between.
        """
        moved = self._transaction.run(
            """
            UPDATE accounts SET journal_seq = :seq, journal_head = :head
            WHERE id = :account AND journal_seq = :before
            """,
            {"account": account, "before": before, "seq": seq, "head": head},
        )
        if not moved:
            raise JournalMoved("another device wrote first: fetch the journal and write again")

    def secrets(self, account: bytes) -> dict[str, bytes]:
        """The named things only the account's root key opens."""
        rows = self._transaction.all(
            "SELECT name, sealed FROM sealed_secrets WHERE account = :account ORDER BY name",
            {"account": account},
        )
        return {row[0]: row[1] for row in rows}

    def keep_secret(self, account: bytes, name: str, sealed: bytes) -> None:
        """Keep a sealed secret, in place of the one of the same name."""
        self._transaction.run(
            """
            INSERT INTO sealed_secrets (account, name, sealed) VALUES (:account, :name, :sealed)
            ON CONFLICT (account, name) DO UPDATE SET sealed = excluded.sealed
            """,
            {"account": account, "name": name, "sealed": sealed},
        )
