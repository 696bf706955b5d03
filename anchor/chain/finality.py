"""When a block is final: a rule per chain, because chains do not agree on one.

::

    tag:finalized   the node says so (Ethereum after the merge)
    depth:12        twelve more blocks stand on it (a custom, not a promise)
    bft             at inclusion: two thirds of the validators signed it (Besu QBFT, FISCO BCOS)
    none            never: no anchor on this chain is called final

Besu QBFT does not set the ``finalized`` tag and FISCO BCOS sets it to the latest
block, so the rule is configured and never guessed. Under ``bft`` the node is
believed about its seals: they are not yet checked against a pinned set of validators.
"""

import re
from dataclasses import dataclass
from typing import Literal

from anchor.errors import FormatError

Kind = Literal["tag", "depth", "bft", "none"]
DEPTH_MAX = 10_000
"""No chain needs more, and it keeps a typing error from meaning 'never'."""
_DEPTH = re.compile(r"[1-9][0-9]{0,4}")


@dataclass(frozen=True)
class Finality:
    """One chain's rule. ``depth`` counts blocks on top and is 0 for the other kinds."""

    kind: Kind
    depth: int = 0

    @classmethod
    def parse(cls, text: str) -> "Finality":
        """Read ``tag:finalized``, ``depth:n`` (1 to 10,000), ``bft`` or ``none``.

        Raises:
            FormatError: for any other text.
        """
        match text.split(":"):
            case ["tag", "finalized"]:
                return cls("tag")
            case ["bft"]:
                return cls("bft")
            case ["none"]:
                return cls("none")
            case ["depth", digits] if _DEPTH.fullmatch(digits) and int(digits) <= DEPTH_MAX:
                return cls("depth", int(digits))
        raise FormatError("finality is one of: tag:finalized, depth:n, bft, none")

    def __str__(self) -> str:
        return {"tag": "tag:finalized", "depth": f"depth:{self.depth}"}.get(self.kind, self.kind)

    def height(self, *, latest: int, tagged: int | None) -> int | None:
        """The newest final height; ``tagged`` is the height the node calls finalized."""
        match self.kind:
            case "tag":
                return tagged
            case "depth":
                return latest - self.depth if latest >= self.depth else None
            case "bft":
                return latest
            case "none":
                return None
