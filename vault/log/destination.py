"""Where anchors go: one contract on one chain, and what makes it that chain.

The first time a chain is met it is written down, genesis, contract and code; one that
comes back with another is refused. The newest chain met is the one the trust file names.
A development chain begins anew whenever somebody starts it, and is met anew each time.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from hashlib import sha256

from anchor.chain.finality import Finality
from anchor.chain.outbox import Policy
from anchor.chain.port import Chain, ChainIdentity
from anchor.errors import ChainError
from anchor.records.trust import ChainTrust
from vault.db import Transaction

NAME_MAX = 80
"""Characters, as records and trust files hold them."""


@dataclass(frozen=True, slots=True)
class Due:
    """Anchor when the oldest entry that no anchor covers waited so long, or so many wait."""

    seconds: int
    entries: int


@dataclass(frozen=True, slots=True)
class Destination:
    """A chain that answered: who it is, its rule of finality, and how eagerly to anchor there."""

    chain: Chain
    identity: ChainIdentity
    name: str
    development: bool
    finality: Finality
    due: Due
    policy: Policy = field(default_factory=Policy)
    close: Callable[[], None] = lambda: None
    """Lets go of whatever leads to the chain."""

    @classmethod
    def of(
        cls,
        chain: Chain,
        finality: Finality,
        due: Due,
        *,
        policy: Policy | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> "Destination":
        """Ask a chain who it is.

        Raises:
            ChainError: there is no contract, or what the node said can't be read.
            ChainUnreachable: nobody answered.
        """
        return cls(
            chain=chain,
            identity=chain.identity(),
            name=chain.name[:NAME_MAX],
            development=chain.development,
            finality=finality,
            due=due,
            policy=policy or Policy(),
            close=close,
        )

    @property
    def target(self) -> bytes:
        """32 bytes that name the very contract on the very chain, for the database."""
        parts = (str(part) if type(part) is int else part.hex() for part in astuple(self.identity))
        return sha256("/".join(parts).encode()).digest()


def meet(transaction: Transaction, destination: Destination, now: int) -> ChainTrust:
    """Write down a chain, and what a trust file says of it.

    Raises:
        ChainError: the same contract on the same chain was another before.
    """
    identity = destination.identity
    known = transaction.all(
        "SELECT target FROM anchor_chains WHERE chain_id = :chain_id AND contract = :contract",
        {"chain_id": identity.chain_id, "contract": identity.contract},
    )
    if known and (destination.target,) not in known and not destination.development:
        raise ChainError(
            "not the chain that was anchored to before: its genesis or its contract's code changed"
        )
    transaction.run(
        """
        INSERT INTO anchor_chains (target, chain_id, genesis, contract, code_hash, name, development, met)
        VALUES (:target, :chain_id, :genesis, :contract, :code_hash, :name, :development, :met)
        ON CONFLICT (target) DO UPDATE SET name = excluded.name, met = excluded.met
        """,
        {
            "target": destination.target,
            "chain_id": identity.chain_id,
            "genesis": identity.genesis,
            "contract": identity.contract,
            "code_hash": identity.code_hash,
            "name": destination.name,
            "development": int(destination.development),
            "met": now,
        },
    )
    return ChainTrust(
        id=identity.chain_id,
        name=destination.name,
        development=destination.development,
        contract=identity.contract,
        code_hash=identity.code_hash,
    )


def current_chain(transaction: Transaction) -> ChainTrust | None:
    """The chain that anchors go to, as a trust file says it; None before the first was met."""
    row = transaction.one(
        """
        SELECT chain_id, name, development, contract, code_hash FROM anchor_chains
        ORDER BY met DESC, chain_id LIMIT 1
        """
    )
    if row is None:
        return None
    return ChainTrust(id=row[0], name=row[1], development=bool(row[2]), contract=row[3], code_hash=row[4])


def contract_on(transaction: Transaction, chain_id: int, genesis: bytes) -> bytes | None:
    """The newest contract met on this very chain."""
    row = transaction.one(
        """
        SELECT contract FROM anchor_chains WHERE chain_id = :chain_id AND genesis = :genesis
        ORDER BY met DESC LIMIT 1
        """,
        {"chain_id": chain_id, "genesis": genesis},
    )
    return row[0] if row else None
