"""What a partner remembers of the chains of its grants, and how a receipt joins them.

In memory: ``head/<grant>`` is where a chain stands, ``versions/<grant>`` the newest version
opened of each item, ``period/<grant>`` the newest period with a use, and
``receipt/<grant>/<seq>`` holds every receipt with the use it answers. A ``Following`` is a
working copy: receipts join it one by one, and everything is written together, or not at all.
"""

from collections.abc import Mapping

from anchor.encoding import to_base64url
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from planetvault.chains import Head, Period, next_in_grant, next_in_period, next_versions
from planetvault.errors import ReceiptForked
from planetvault.memory import Memory
from planetvault.partner.consents import grant_name, read_grant
from planetvault.steps import Keep


def head_name(grant: bytes) -> str:
    """Where the head of a grant's chain is remembered."""
    return f"head/{to_base64url(grant)}"


def versions_name(grant: bytes) -> str:
    """Where the newest versions opened under a grant are remembered."""
    return f"versions/{to_base64url(grant)}"


def period_name(grant: bytes) -> str:
    """Where the newest period of a grant that had a use is remembered."""
    return f"period/{to_base64url(grant)}"


def write_versions(versions: Mapping[bytes, int]) -> bytes:
    """Each item's id (16) and version (8 bytes big-endian)."""
    return b"".join(item + version.to_bytes(8) for item, version in versions.items())


def read_versions(octets: bytes | None) -> dict[bytes, int]:
    """Read what ``write_versions`` wrote."""
    pairs = (octets[i : i + 24] for i in range(0, len(octets or b""), 24)) if octets else ()
    return {pair[:16]: int.from_bytes(pair[16:]) for pair in pairs}


def chain_prefix(grant: bytes) -> str:
    """Under which the receipts of a grant are remembered, in their order."""
    return f"receipt/{to_base64url(grant)}/"


def receipt_name(grant: bytes, seq: int) -> str:
    """Where one receipt is remembered; seventeen digits keep the names in order."""
    return f"{chain_prefix(grant)}{seq:017d}"


def write_pair(receipt: bytes, use: bytes | None) -> bytes:
    """A receipt and the use it answers, as remembered: no record has a line break in it."""
    return receipt + b"\n" + (use or b"")


def read_pair(octets: bytes) -> tuple[bytes, bytes | None]:
    """Read what ``write_pair`` wrote."""
    receipt, _, use = octets.partition(b"\n")
    return receipt, use or None


class Following:
    """The chains of some grants, as remembered and as they are continued now."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._before: dict[str, bytes | None] = {}
        self._changes: dict[str, bytes | None] = {}

    def head(self, grant: bytes) -> Head:
        """Where the chain of a grant stands now."""
        return Head.read(self._read(head_name(grant)))

    def join(self, receipt: Signed[Receipt], use: bytes | None) -> None:
        """Let a receipt take its place, if it is the next; one that holds its place already stays.

        Raises:
            ReceiptGap, ReceiptForked, ReceiptAfterClosing: if it has no place there.
            ItemRolledBack: if it opens an older version of an item than a receipt before it.
            ReceiptAgainstTerms: if it is not priced as its period is, or one too many in it.
        """
        grant, seq = receipt.record.grant, receipt.record.seq
        head = self.head(grant)
        if seq <= head.seq:
            self._require_same(receipt)
            return
        after = next_in_grant(head, receipt)
        versions = next_versions(read_versions(self._read(versions_name(grant))), receipt)
        terms = self._read(grant_name(grant))
        if terms is not None:  # or it was never shown to this client, which then has nothing to compare
            period = Period.read(self._read(period_name(grant)))
            self._changes[period_name(grant)] = bytes(
                next_in_period(period, receipt, read_grant(terms).record)
            )
        self._changes[head_name(grant)] = bytes(after)
        self._changes[versions_name(grant)] = write_versions(versions)
        self._changes[receipt_name(grant, seq)] = write_pair(receipt.raw, use)

    def keep(self, others: dict[str, bytes | None]) -> Keep:
        """Write all that changed, and ``others`` with it, if nobody else moved these chains."""
        heads = {name: value for name, value in self._before.items() if name in self._changes}
        return Keep({**self._changes, **others}, heads)

    def _require_same(self, receipt: Signed[Receipt]) -> None:
        held = self._read(receipt_name(receipt.record.grant, receipt.record.seq))
        if held is None or read_pair(held)[0] != receipt.raw:
            evidence = read_pair(held or b"")[0]
            number = receipt.record.seq
            raise ReceiptForked(f"two receipts take place {number} of one chain", evidence, receipt.raw)

    def _read(self, name: str) -> bytes | None:
        if name in self._changes:
            return self._changes[name]
        if name not in self._before:
            self._before[name] = self._memory.get(name)
        return self._before[name]
