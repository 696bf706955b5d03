"""The names of the accounts, and what moves between them for each record. Pure.

Accounts: ``funding/<partner>`` holds a partner's money, ``campaign/<offer>``, ``pool/<offer>`` and
``escrow/<grant>`` what is set aside of it,
``pending/<owner>``, ``payable/<owner>`` and ``leaving/<owner>`` an owner's, ``paid/<owner>``
what left to her, ``fee`` the vault's part, and ``outside`` is the world: its balance is minus
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
    """What an owner earned by uses, as long as it may be disputed."""
    return f"pending/{to_base64url(account)}"


def payable(account: bytes) -> str:
    """What an owner may take out."""
    return f"payable/{to_base64url(account)}"


def leaving(account: bytes) -> str:
    """What is on its way to an owner: claimed or redeemed, and nobody said yet what became of it."""
    return f"leaving/{to_base64url(account)}"


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


def of_claim(*, claim: bytes, account: bytes, amount: int) -> Transfer:
    """What an owner asked to be paid is on its way."""
    return Transfer("claim", claim, payable(account), leaving(account), amount, account)


def of_payout(*, payout: bytes, account: bytes, outcome: str, amount: int) -> Transfer:
    """What became of a claim (docs/spec/payout.md)."""
    routes = {
        "settled": (leaving(account), paid(account)),
        "failed": (leaving(account), payable(account)),
        "returned": (paid(account), payable(account)),
    }
    return Transfer(outcome, payout, *routes[outcome], amount, account)


def of_redemption(*, redemption: bytes, account: bytes, price: int) -> Transfer:
    """What a reward costs is on its way to its partner."""
    return Transfer("redeem", redemption, payable(account), leaving(account), price, account)


def of_fulfilment(*, fulfilment: bytes, account: bytes, partner: str, price: int) -> list[Transfer]:
    """The owner has her reward; what the vault owed her it owes the partner now, who may spend it on data."""
    return [
        Transfer("fulfilled", fulfilment, leaving(account), paid(account), price, account),
        Transfer("redeemed", fulfilment, OUTSIDE, funding(partner), price),
    ]


def of_lapsed_redemption(*, redemption: bytes, account: bytes, price: int) -> Transfer:
    """The partner gave nothing in time."""
    return Transfer("unfulfilled", redemption, leaving(account), payable(account), price, account)


def of_decision(
    *, decision: bytes, account: bytes, partner: str, share: int, fee: int, left: int
) -> list[Transfer]:
    """How a dispute ended: back to the partner, and what is left of the owner's share is hers to take."""
    moved = [
        Transfer("refund", decision, pending(account), funding(partner), share, account),
        Transfer("fee-refund", decision, FEE, funding(partner), fee),
        Transfer("upheld", decision, pending(account), payable(account), left, account),
    ]
    return [transfer for transfer in moved if transfer.amount]
