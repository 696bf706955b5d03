"""An owner's statement, out of her bundle: checked and audited before a line of it is written."""

from pathlib import Path

from anchor.encoding import to_base64url
from anchor.records.disputes import Decision
from anchor.records.payouts import Claim, Payout
from anchor.records.rewards import Fulfilment, Redemption, Reward
from anchor.records.signed import hash_of, unverified
from anchor.records.usage import Receipt, Statement
from planetvault.answers import Fields
from planetvault.audit import audit_bundle
from planetvault.bundle.archive import BundleReader
from planetvault.documents.lines import Document, Line


def owner_statement(path: Path | str) -> Document:
    """Everything that moved an owner's money, and her balances.

    Raises:
        BundleBroken, BooksDisagree: as ``planetvault.audit.audit_bundle``.
    """
    audit_bundle(path)
    with BundleReader(Path(path)) as reader:
        (raw,) = reader.lines("statement")
        said = unverified(raw, Statement)
        receipts = [row.record("receipt") for row in reader.objects("receipts.json")]
        lines = [*_earned(receipts), *_moved(reader.object("money.json"), receipts)]
    earned = sum(line.amount for line in lines if line.what in {"share", "refund"})
    return Document(
        "statement",
        (("vault", said.vault), ("account", to_base64url(said.account)), ("made", f"{said.time:%Y-%m-%d}")),
        said.currency,
        tuple(sorted(lines, key=lambda line: line.time)),
        (
            ("earned", earned),
            ("pending", said.pending),
            ("payable", said.payable),
            ("leaving", said.leaving),
            ("paid", said.paid),
        ),
    )


def _earned(raws: list[bytes]) -> list[Line]:
    lines = []
    for raw in raws:
        record = unverified(raw, Receipt)
        if record.price:
            share = record.price - record.fee
            lines.append(Line(record.time, "share", record.partner, share, hash_of(Receipt, raw)))
    return lines


def _moved(money: Fields, receipts: list[bytes]) -> list[Line]:
    partners = {hash_of(Receipt, raw): unverified(raw, Receipt).partner for raw in receipts}
    lines = []
    for row in money.objects("disputes"):
        if (raw := row.maybe_record("decision")) and (decision := unverified(raw, Decision)).share:
            partner, name = partners[decision.receipt], hash_of(Decision, raw)
            lines.append(Line(decision.time, "refund", partner, -decision.share, name))
    for row in money.objects("claims"):
        raw = row.record("claim")
        claim = unverified(raw, Claim)
        lines.append(Line(claim.time, "claim", claim.destination, -claim.amount, hash_of(Claim, raw)))
        for told in row.records("payouts"):
            payout = unverified(told, Payout)
            back = 0 if payout.outcome == "settled" else payout.amount
            lines.append(Line(payout.time, payout.outcome, payout.reference, back, hash_of(Payout, told)))
    for row in money.objects("redemptions"):
        lines += _redeemed(row)
    return lines


def _redeemed(row: Fields) -> list[Line]:
    raw, given = row.record("redemption"), row.maybe_record("fulfilment")
    redemption, reward = unverified(raw, Redemption), unverified(row.record("reward"), Reward)
    what = f"{reward.title} ({reward.partner})"
    lines = [Line(redemption.time, "redeem", what, -redemption.price, hash_of(Redemption, raw))]
    if given:
        name = hash_of(Fulfilment, given)
        lines.append(Line(unverified(given, Fulfilment).time, "fulfilled", what, 0, name))
    if row.text("state") == "unfulfilled":
        lines.append(Line(redemption.time, "unfulfilled", what, redemption.price, hash_of(Redemption, raw)))
    return lines
