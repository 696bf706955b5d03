"""An owner comes to a vault with everything she had at another one."""

from dataclasses import dataclass, field

from anchor.records.shape import Count, Hash, Id, MaybeHash, Origin, Salt, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Record):
    """An account moves into ``vault``, from ``origin``. Signed by a locker that stands.

    ``chain`` is its newest account entry, ``journal`` the newest of its ``manifests``.
    """

    NOUN = "arrival"

    vault: Origin
    origin: Origin
    account: Id
    chain: Hash
    manifests: Count
    journal: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)
