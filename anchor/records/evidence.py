"""What businesses put on record in logs of their own, and how the vault's log covers those logs.

A **tenant** is a partner with an evidence log; it admits **members**, partners as well, and removes them.
"""

from dataclasses import dataclass, field

from anchor.records.shape import Boolean, Domain, Hash, Ordinal, Origin, Salt, Text80, Text500, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Record):
    """``partner`` had something with this SHA-256 before the log took the record. Signed by the partner.

    ``label`` is in its own words, and stands in the proof file alone: the log holds a hash of it all.
    """

    NOUN = "evidence"
    ENTRY = 7

    log: Origin
    partner: Domain
    digest: Hash
    label: Text80
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Record):
    """From here on ``partner`` may, or may no longer, put evidence into the log. Signed by its tenant."""

    NOUN = "membership"
    ENTRY = 8

    log: Origin
    partner: Domain
    admitted: Boolean
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead(Record):
    """An evidence log, by its key as a vkey, has this root at this size. Signed by the vault.

    It is an entry of the vault's own log, so that one anchor and one set of witnesses hold all logs.
    """

    NOUN = "head"
    ENTRY = 9

    key: Text500
    size: Ordinal
    root: Hash
    time: Time
    salt: Salt = field(default_factory=new_salt)
