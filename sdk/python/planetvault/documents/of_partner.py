"""A partner's invoice: what it paid in one month, out of the receipts it holds and the decisions it won."""

from collections.abc import Iterable

from anchor.records.disputes import Decision
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from planetvault.documents.lines import Document, Line


def partner_invoice(
    receipts: Iterable[Signed[Receipt]], decisions: Iterable[Signed[Decision]], *, year: int, month: int
) -> Document:
    """What these receipts cost in one month (UTC), less what these decisions gave back in it.

    The receipts are all of one partner's, as ``Partner.receipts`` checked them for each grant,
    the decisions those of ``Partner.disputes``.

    Raises:
        ValueError: if there is no receipt at all: then there is nobody to bill.
    """
    every = list(receipts)
    if not every:
        raise ValueError("an invoice needs a receipt")
    first = every[0].record
    used = [one for one in every if one.record.price and _in(one.record, year, month)]
    back = [one for one in decisions if one.record.share + one.record.fee and _in(one.record, year, month)]
    lines = [Line(one.record.time, "use", first.vault, one.record.price, one.hash) for one in used]
    lines += [
        Line(one.record.time, "refunded", first.vault, -one.record.share - one.record.fee, one.hash)
        for one in back
    ]
    fees = sum(one.record.fee for one in used) - sum(one.record.fee for one in back)
    return Document(
        "invoice",
        (("vault", first.vault), ("partner", first.partner), ("period", f"{year:04}-{month:02}")),
        first.currency,
        tuple(sorted(lines, key=lambda line: line.time)),
        (("total", sum(line.amount for line in lines)), ("fees", fees)),
    )


def _in(record: Receipt | Decision, year: int, month: int) -> bool:
    return (record.time.year, record.time.month) == (year, month)
