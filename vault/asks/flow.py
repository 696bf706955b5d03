"""An ask may take up what an owner proposed."""

from datetime import datetime

from anchor.records.consent import Ask
from anchor.records.signed import Signed
from vault.counters.rules import verify_accepting
from vault.counters.store import ACCEPTED, OPEN, Counters
from vault.db import Transaction
from vault.errors import Conflict, NotFound


def accept(transaction: Transaction, ask: Signed[Ask], account: bytes, now: datetime) -> None:
    """Let an ask take up the counter-offer that it names.

    Raises:
        NotFound: if this owner made none such to this partner.
        Conflict: if the terms are others, or if it was answered already, or has expired.
    """
    record, counters = ask.record, Counters(transaction)
    if record.counter is None:
        return
    made = counters.get(record.counter)
    if made is None or (made.account, made.partner) != (account, record.partner):
        raise NotFound("this owner made no such counter-offer")
    verify_accepting(record, made.record)
    if made.accepted_by == ask.hash:
        return
    if made.state_at(int(now.timestamp())) != OPEN or not counters.answer(made.hash, ACCEPTED, ask.hash):
        raise Conflict("this counter-offer was answered already, or has expired")
