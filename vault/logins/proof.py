"""Who answered a challenge: for a session, or for what needs a fresh proof."""

from datetime import datetime

from anchor.errors import SignatureError
from anchor.records.account import Login
from anchor.records.signed import named_kid
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.logins import rules
from vault.logins.store import Session, Sessions
from vault.service import Service


def answered(transaction: Transaction, raw: bytes, service: Service, now: datetime) -> Session:
    """The owner and the locker that answered a challenge, which is spent by it.

    Raises:
        FormatError, SignatureError: if this is no answer to a challenge of this vault, or too late.
        Conflict: if the challenge was answered before.
    """
    found = Accounts(transaction).locker(named_kid(raw, Login))
    if found is None:
        raise SignatureError("this is no answer to a challenge of this vault, or it came too late")
    account, locker = found
    login = rules.verify_login(
        raw,
        locker.sign_key,
        account=account,
        origin=service.settings.origin,
        secret=service.secrets.challenge,
        now=now,
    )
    Sessions(transaction).spend(login.record.nonce, int(login.record.expires.timestamp()))
    return Session(account, locker.kid)
