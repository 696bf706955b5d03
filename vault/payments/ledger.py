"""The names of the accounts, and how one use's price is split. Pure.

Accounts: ``funding/<partner>`` holds a partner's money, ``campaign/<offer>``, ``pool/<offer>`` and
``escrow/<grant>`` what is set aside of it,
``pending/<owner>`` and ``payable/<owner>`` an owner's, ``paid/<owner>`` what left to
her, ``fee`` the vault's part, and ``outside`` is the world: its balance is minus
all that came in. Every transfer moves one amount from one account to another.
"""

from dataclasses import dataclass

from anchor.encoding import to_base64url

OUTSIDE, FEE = "outside", "fee"


@dataclass(frozen=True, slots=True)
class Transfer:
    """``amount`` micros from ``debit`` to ``credit``, because of the record ``source``.

    ``account`` is the owner in whose list it stands, if it is an owner's money.
    """

    kind: str
    source: bytes
    debit: str
    credit: str
    amount: int
    account: bytes | None = None


def funding(partner: str) -> str:
    """A partner's money that no grant has reserved."""
    return f"funding/{partner}"


def escrow(grant: bytes) -> str:
    """What a partner reserved for one grant."""
    return f"escrow/{to_base64url(grant)}"


def campaign(offer: bytes) -> str:
    """What a partner set aside for the grants that answer one offer."""
    return f"campaign/{to_base64url(offer)}"


def pool(offer: bytes) -> str:
    """What a partner set aside to be shared at the end of one offer."""
    return f"pool/{to_base64url(offer)}"


def pending(account: bytes) -> str:
    """What an owner earned by uses whose receipts are not yet in a signed checkpoint."""
    return f"pending/{to_base64url(account)}"


def payable(account: bytes) -> str:
    """What an owner may take out."""
    return f"payable/{to_base64url(account)}"


def paid(account: bytes) -> str:
    """What an owner took out."""
    return f"paid/{to_base64url(account)}"


def of_use(*, receipt: bytes, grant: bytes, account: bytes, price: int, fee: int) -> list[Transfer]:
    """One use's price out of the grant's escrow: the owner's share, and the vault's fee."""
    parts = [("share", pending(account), price - fee, account), ("fee", FEE, fee, None)]
    source = escrow(grant)
    return [
        Transfer(kind, receipt, source, credit, amount, whose)
        for kind, credit, amount, whose in parts
        if amount
    ]
