"""What is said after a use: demand, attestation, report.

A grant ends; the owner demands that what was opened is erased, and the partner attests that it
was. A report says what the partner did with what it opened.
"""

from dataclasses import dataclass, field

from anchor.errors import ProofError
from anchor.records.consent import Grant
from anchor.records.shape import Domain, Hash, MaybeDomain, Ordinal, Purpose, Salt, Text500, Time
from anchor.records.signed import Record, Signed, by, new_salt, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand(Record):
    """The owner wants erased what was opened under a grant. Signed by the key that signed the grant.

    ``uses`` is how many uses opened something; ``deadline`` is when it has to be gone.
    """

    NOUN = "demand"

    grant: Hash
    uses: Ordinal
    deadline: Time
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation(Record):
    """The partner's word that it erased what a demand names. Signed by the partner.

    ``uses`` is how many uses it erased the data of.
    """

    NOUN = "attestation"

    demand: Hash
    partner: Domain
    uses: Ordinal
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Record):
    """What a partner did with what a use opened. Signed by the partner.

    ``recipient`` is to whom it passed something on, if it did.
    """

    NOUN = "report"

    receipt: Hash
    partner: Domain
    purpose: Purpose
    recipient: MaybeDomain
    text: Text500
    time: Time
    salt: Salt = field(default_factory=new_salt)


def verify_demand(raw: bytes, grant: Signed[Grant]) -> Signed[Demand]:
    """Check that the owner of this grant signed the demand, and that it names this grant.

    Raises:
        FormatError, SignatureError: as ``anchor.records.signed.verify``.
        ProofError: if it is of another grant, or its deadline is over when it is made.
    """
    signed = verify(raw, Demand, by(grant.record.owner_key))
    if signed.record.grant != grant.hash:
        raise ProofError("the demand is of another grant")
    if signed.record.deadline <= signed.record.time:
        raise ProofError("the deadline is over when the demand is made")
    return signed
