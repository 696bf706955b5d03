"""What a person reads at the end: who opened what, for what, for how much, and where it is written."""

import json
from collections import Counter
from typing import Any

from rich.table import Table

from anchor.records.signed import Signed
from anchor.records.usage import Statement
from planetvault.demo.scene import Stage
from planetvault.opened import Opened
from planetvault.owner.items import Imported

MICROS = 1_000_000


def money(micros: int, currency: str = "USD") -> str:
    """An amount as people write it: ``1.20 USD``."""
    return f"{micros / MICROS:,.2f} {currency}"


def imported_line(imported: Imported) -> str:
    """What an import kept, left out and dropped."""
    summary = imported.summary
    skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(summary.skipped.items())) or "none"
    dropped = ", ".join(sorted(summary.left_out)) or "none"
    return (
        f"{summary.kept} of {summary.rows} rows kept in {imported.written} sealed items; "
        f"skipped: {skipped}; fields left out: {dropped}"
    )


def opened_line(opened: Opened) -> str:
    """What a use opened, with the first row of it."""
    row = next(iter(opened.rows()), {})
    shown = ", ".join(f"{name}={value}" for name, value in list(row.items())[:3])
    rows = sum(1 for _ in opened.rows())
    receipt = opened.receipt.record
    what = f"{len(opened.items)} items, {rows} rows ({shown} …)"
    return f"{what} for {money(receipt.price)}: receipt {receipt.seq}"


def statement_file(statement: Signed[Statement]) -> str:
    """A statement as signed, with what it says beside it."""
    record = statement.record
    said = {
        "receipts": record.receipts,
        "log_size": record.log_size,
        "pending": record.pending,
        "payable": record.payable,
        "paid": record.paid,
        "currency": record.currency,
    }
    return json.dumps({"statement": statement.text, "says": said}, indent=2) + "\n"


def figures(scene: Stage) -> dict[str, Any]:
    """The run in figures, for a program to read."""
    anchors = {one.anchor.hash: one.anchor.record for _, one in scene.verified if one.anchor}
    checkpoint = max((one.checkpoint for _, one in scene.verified), key=lambda one: one.size)
    balances = {name: owner.balances() for name, owner in scene.owners.items()}
    return {
        "receipts": len(scene.verified),
        "verified_offline": len(scene.verified),
        "forgeries_refused": len(scene.forged),
        "uses_refused": scene.refusals,
        "log": {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()},
        "anchors": [_anchor(anchor, scene) for anchor in anchors.values()],
        "owners": {
            name: {"pending": one.pending, "payable": one.payable, "paid": one.paid}
            for name, one in balances.items()
        },
        "partners": {
            domain: {"funding": one.funding, "escrow": one.escrow}
            for domain, partner in scene.partners.items()
            for one in [partner.balance()]
        },
        "currency": "USD",
    }


def _anchor(anchor: Any, scene: Stage) -> dict[str, Any]:
    return {
        "chain": anchor.chain,
        "chain_id": anchor.chain_id,
        "development": anchor.development,
        "contract": "0x" + anchor.contract.hex(),
        "transaction": "0x" + anchor.transaction.hex(),
        "block": anchor.block,
        "finality": anchor.finality,
        "gas": _gas(anchor.transaction, scene),
    }


def _gas(transaction: bytes, scene: Stage) -> int | None:
    receipt = scene.chain.rpc("eth_getTransactionReceipt", "0x" + transaction.hex()) if scene.chain else None
    return int(receipt["gasUsed"], 16) if isinstance(receipt, dict) else None


def show(scene: Stage, found: dict[str, Any]) -> None:
    """Print the tables."""
    for table in (_uses(scene), _balances(scene, found), _log(found)):
        scene.console.print(table)


def _uses(scene: Stage) -> Table:
    table = Table(title="Who opened what, for which purpose, for how much", title_justify="left")
    for column in ("owner", "partner", "purpose", "clusters"):
        table.add_column(column)
    for column in ("receipts", "items", "paid", "her share"):
        table.add_column(column, justify="right")
    groups: dict[tuple[str, str, str, str], Counter[str]] = {}
    for name, one in scene.verified:
        record = one.receipt.record
        key = (
            name,
            record.partner,
            (record.purpose or "revoked").removeprefix("dpv:"),
            ", ".join(one.grant.record.clusters),
        )
        sums = groups.setdefault(key, Counter())
        sums.update(receipts=1, items=len(record.opened), paid=record.price, share=record.price - record.fee)
    for key, sums in sorted(groups.items()):
        counts = (str(sums["receipts"]), str(sums["items"]), money(sums["paid"]), money(sums["share"]))
        table.add_row(*key, *counts)
    return table


def _balances(scene: Stage, found: dict[str, Any]) -> Table:
    table = Table(title="Balances", title_justify="left")
    for column in ("account", "what", "amount"):
        table.add_column(column, justify="right" if column == "amount" else "left")
    for who, amounts in (found["owners"] | found["partners"]).items():
        for what, amount in amounts.items():
            table.add_row(who, what, money(amount))
    fees = sum(one.receipt.record.fee for _, one in scene.verified)
    table.add_row("vault", "fee", money(fees))
    return table


def _log(found: dict[str, Any]) -> Table:
    table = Table(title="Log and chain", title_justify="left", show_header=False)
    table.add_row("log", f"{found['log']['origin']}: {found['log']['size']} entries")
    for anchor in found["anchors"]:
        kind = "development chain, proves nothing to others" if anchor["development"] else "chain"
        table.add_row("anchored on", f"{anchor['chain']}: {kind}")
        table.add_row("contract", anchor["contract"])
        table.add_row("block", f"{anchor['block']} ({anchor['finality']}), {anchor['gas']:,} gas")
    if not found["anchors"]:
        table.add_row("anchored on", "no chain: nothing outside this vault vouches for the log's age")
    return table


def last_line(found: dict[str, Any], seconds: float) -> str:
    """The figure of the run."""
    where = "anchored on a development chain" if found["anchors"] else "anchored on no chain"
    return (
        f"demo: {found['verified_offline']} of {found['receipts']} receipts verified offline, "
        f"{found['forgeries_refused']} forgeries refused, {where}, {seconds:.0f} s"
    )
