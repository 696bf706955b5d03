"""Everything the vault keeps of this owner, checked and written to one file: to keep, or to leave with."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.shape import write_json, write_time
from planetvault.answers import Fields
from planetvault.bundle.archive import BundleWriter
from planetvault.chains import Head
from planetvault.errors import ItemChanged, JournalForked, NotYet
from planetvault.fetching import PART_BYTES
from planetvault.owner.files import StoredFile
from planetvault.owner.heads import OwnerHeads
from planetvault.owner.items import TRIES
from planetvault.owner.receipts import CheckedReceipt, CheckedStatement
from planetvault.pinned import fetch_partner, remembered_partner
from planetvault.sealing.blob_parts import sealed_size
from planetvault.steps import Steps, Turn, Work


class OwnerExporting(OwnerHeads):
    """Export."""

    def export(self, path: str | PathLike[str], *, proofs: bool = True) -> Steps[Path]:
        """Write a bundle (docs/spec/bundle.md): sealed as it is stored, and checked on the way.

        With ``proofs``, each receipt that the log has taken up gets its proof file. Nothing stands
        under ``path`` before the bundle is whole. What another device writes meanwhile is in it or
        not, all or nothing.
        """
        yield Turn("journal")
        yield Turn("lockers")
        writer, files = yield from self._begun(Path(path))
        try:
            yield from self._export_files(writer, files)
            yield from self._export_receipts(writer, proofs=proofs)
            yield from self._export_grants(writer)
            said = {
                "vault": self.trust.vault,
                "account": to_base64url(self.account),
                "made": write_time(self.clock()),
            }
            yield Work(lambda: writer.finish(said, self.locker.signing))
        except BaseException:
            writer.give_up()
            raise
        return Path(path)

    def _begun(self, path: Path) -> Steps[tuple[BundleWriter, list[StoredFile]]]:
        """A bundle with account and items of one moment, begun anew if another device wrote in between."""
        for _ in range(TRIES):
            before, writer = (yield from self._place()), BundleWriter(path)
            try:
                yield from self._export_account(writer)
                yield from self._export_items(writer)
                files = yield from self.files()
            except ItemChanged:
                writer.give_up()
                if (yield from self._place()) == before:
                    raise
                continue
            except BaseException:
                writer.give_up()
                raise
            if (yield from self._place()) == before:
                return writer, files
            writer.give_up()
        raise JournalForked("the journal keeps moving: is another device writing all the time?")

    def _place(self) -> Steps[tuple[bytes, Head]]:
        """Where the account's chain and its journal stand."""
        yield from self.show_account()
        head = yield from self.sync()
        return self.unlocked.chain.entries[-1].hash, head

    def _export_account(self, writer: BundleWriter) -> Steps[None]:
        answer = yield from self.show_account()
        writer.add("trust.json", bytes(self.trust))
        writer.add_lines("account/chain", self.unlocked.chain.raws)
        lockers = [_locker(row) for row in answer.objects("lockers")]
        writer.add("account/lockers.json", write_json(lockers))
        secrets = {name: to_base64url(blob) for name, blob in answer.sealed_by_name("secrets").items()}
        writer.add("account/secrets.json", write_json(secrets))

    def _export_items(self, writer: BundleWriter) -> Steps[None]:
        head = yield from self.sync()
        rows = (yield from self.listed("/v1/journal"))[: head.seq]
        writer.add_lines("journal", [row.record("manifest") for row in rows])
        for manifest in self.manifests():
            _, answer = yield from self._fetch(manifest.record.item)
            fields = {
                to_base64url(name): to_base64url(b) for name, b in answer.sealed_by_id("fields").items()
            }
            body = write_json({"key": to_base64url(answer.sealed("key")), "fields": fields})
            yield Work(_adding(writer, f"items/{to_base64url(manifest.record.item)}.json", body))
        kept = (yield from self.get("/v1/collections")).objects("data")
        collections = {
            to_base64url(row.identifier("collection")): to_base64url(row.sealed("sealed")) for row in kept
        }
        writer.add("collections.json", write_json(collections))

    def _export_files(self, writer: BundleWriter, files: list[StoredFile]) -> Steps[None]:
        for file in files:
            blob, total = to_base64url(file.reference.blob_id), sealed_size(file.reference.size)
            for number, start in enumerate(range(0, total, PART_BYTES)):
                end = min(start + PART_BYTES, total)
                octets = yield from self.sealed_range(file, start, end)
                yield Work(_adding(writer, f"blobs/{blob}/{number:06}", octets))

    def _export_grants(self, writer: BundleWriter) -> Steps[None]:
        grants = yield from self.grants()
        writer.add_lines("grants", [one.signed.raw for one in grants])
        for name, key in sorted({(one.terms.partner, one.terms.partner_key) for one in grants}):
            if f"partners/{name}" in writer:
                continue
            partner = remembered_partner(self.memory, name)
            if partner is None or key not in {entry.kid for entry in partner.entries}:
                partner = yield from fetch_partner(self.memory, name, kid=key)
            else:
                partner = yield from fetch_partner(self.memory, name)
            writer.add_lines(f"partners/{name}", [entry.raw for entry in partner.entries])

    def _export_receipts(self, writer: BundleWriter, *, proofs: bool) -> Steps[None]:
        statement, money = yield from self._statement_and_money()
        writer.add_lines("statement", [statement.signed.raw])
        writer.add("money.json", write_json(money))
        yield from self._export_rewarding(writer)
        checked = (yield from self._walk_receipts()).checked[: statement.signed.record.receipts]
        writer.add("receipts.json", write_json([_receipt(one) for one in checked]))
        rows = yield from self.listed("/v1/pools")
        writer.add("pools.json", write_json([one.told for one in self._shares(rows, checked)]))
        for one in checked if proofs else ():
            try:
                proof = yield from self.proof(one)
            except NotYet:
                continue
            name = f"proofs/{to_base64url(one.receipt.hash)}.tlog-proof"
            yield Work(_adding(writer, name, proof.raw))

    def _statement_and_money(self) -> Steps[tuple[CheckedStatement, dict[str, Any]]]:
        """A statement, and what became of the earnings up to it: nothing moved while it was made."""
        money = yield from self._money()
        while True:
            before, statement = money, (yield from self.statement())
            money = yield from self._money()
            if money == before:
                return statement, money

    def _money(self) -> Steps[dict[str, Any]]:
        disputes = yield from self.disputes()
        claims = yield from self.claims()
        redemptions = yield from self.redemptions()
        releases = yield from self.listed("/v1/releases")
        return {
            "releases": [
                {"size": r.integer("size"), "since": r.integer("since"), "root": to_base64url(r.hash("root"))}
                for r in releases
            ],
            "disputes": [
                {"dispute": one.signed.text, "decision": one.decision.text if one.decision else None}
                for one in disputes
            ],
            "claims": [
                {"claim": one.signed.text, "payouts": [payout.text for payout in one.payouts]}
                for one in claims
            ],
            "redemptions": [
                {
                    "reward": one.reward.text,
                    "redemption": one.signed.text,
                    "fulfilment": one.fulfilment.text if one.fulfilment else None,
                    "state": one.state,
                }
                for one in redemptions
            ],
        }

    def _export_rewarding(self, writer: BundleWriter) -> Steps[None]:
        """The keys of partners that rewarded her and that she granted nothing."""
        for name in sorted({one.reward.record.partner for one in (yield from self.redemptions())}):
            if f"partners/{name}" not in writer:
                partner = yield from fetch_partner(self.memory, name)
                writer.add_lines(f"partners/{name}", [entry.raw for entry in partner.entries])


def _adding(writer: BundleWriter, name: str, octets: bytes) -> Callable[[], None]:
    return lambda: writer.add(name, octets)


def _locker(row: Fields) -> dict[str, Any]:
    """What the vault keeps of a locker, as it shows it."""
    return {
        "kid": to_base64url(row.hash("kid")),
        "kind": row.text("kind"),
        "sealed_root": to_base64url(row.sealed("sealed_root")),
        "root_mac": to_base64url(row.sealed("root_mac")),
        "parameters": row.parameters("parameters"),
        "finder": to_base64url(finder) if (finder := row.maybe_hash("finder")) else None,
    }


def _receipt(one: CheckedReceipt) -> dict[str, Any]:
    link = one.link
    return {
        "receipt": one.receipt.text,
        "use": one.use.text if one.use else None,
        "revocation": one.revocation.text if one.revocation else None,
        "link": {
            "seq": link.seq,
            "prev": to_base64url(link.prev) if link.prev else None,
            "blind": to_base64url(link.blind),
        },
    }
