"""The guardians' locker is asked to open, and somebody says no."""

from dataclasses import dataclass, field

from anchor.records.shape import Hash, Id, Origin, Salt, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Record):
    """Guardians brought a secret back, and ask for the vault's half. Signed by the key of that secret.

    From here on the waiting period runs, and every device of the account is told.
    """

    NOUN = "opening"

    vault: Origin
    account: Id
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(Record):
    """No to an opening that waits. Signed by a locker that stands."""

    NOUN = "veto"

    account: Id
    opening: Hash
    time: Time
    salt: Salt = field(default_factory=new_salt)
