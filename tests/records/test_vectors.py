"""Every vector is read, and says what it promises; the folder holds what the script builds."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError, ProofError, SignatureError
from anchor.records.consent import verify_denial, verify_grant
from anchor.records.journal import LockerTerms, verify_journal
from anchor.records.lockers import lockers_of, verify_account
from anchor.records.parties import verify_partner, verify_signer
from anchor.records.shape import read, write
from anchor.records.signed import VERSION, Record, Signed, by, verify
from anchor.records.usage import OwnerLink, verify_owner_link
from tests.vectors.build_records import FOLDER, build
from tests.vectors.record_scenarios.accepted import KINDS

REFUSALS = {"format": FormatError, "signature": SignatureError, "proof": ProofError}
CARRIES_ITS_KEY: dict[str, Callable[[bytes], Signed[Any]]] = {
    "grant": verify_grant,
    "denial": verify_denial,
    "partner": lambda raw: verify_partner([raw])[0],
}


def read_record(vector: dict[str, Any]) -> Signed[Any]:
    """One record, by the function of its kind."""
    raw, noun = vector["jws"].encode(), vector["noun"]
    if noun in CARRIES_ITS_KEY:
        return CARRIES_ITS_KEY[noun](raw)
    kind: type[Record] = KINDS[noun]
    return verify(raw, kind, by(from_base64url(vector["key"])))


def check(vector: dict[str, Any]) -> None:
    """Do with a vector what tests/vectors/README.md says, and compare what was found."""
    if "history" in vector:
        check_history(vector)
        return
    signed = read_record(vector)
    if "owner_link" in vector:
        verify_owner_link(read(vector["owner_link"], OwnerLink), signed.record)
        return
    assert {"v": VERSION, **write(signed.record)} == vector["payload"]
    assert to_base64url(signed.hash) == vector["hash"]
    entry = None if vector["entry"] is None else from_base64url(vector["entry"])
    if entry is None:
        assert signed.record.ENTRY is None
    else:
        assert signed.entry == entry


def check_history(vector: dict[str, Any]) -> None:
    """A partner's entries with the entry of one key; an account's with its lockers, or its journal."""
    raws = [raw.encode() for raw in vector["history"]]
    entries: Sequence[Signed[Any]]
    if vector["noun"] == "manifest":
        lockers = LockerTerms.of(verify_account(raws))
        entries = verify_journal([raw.encode() for raw in vector["journal"]], lockers)
    elif vector["noun"] == "account":
        chain = entries = verify_account(raws)
        assert sorted(map(to_base64url, lockers_of(chain))) == vector["lockers"]
    else:
        directory = entries = verify_partner(raws)
        if "kid" in vector:
            kid = from_base64url(vector["kid"])
            assert verify_signer(directory, from_base64url(vector["pinned"]), kid) in entries
    assert [to_base64url(entry.hash) for entry in entries] == vector["hashes"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_vector_comes_out_as_it_says(path: Path) -> None:
    vector = json.loads(path.read_bytes())
    assert vector["name"] == path.stem
    if vector["expect"] == "ok":
        check(vector)
        return
    with pytest.raises(REFUSALS[vector["expect"]]):
        check(vector)


def test_the_folder_holds_exactly_what_the_script_builds() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == build()


def test_every_kind_has_a_good_vector_and_bad_ones_have_every_outcome() -> None:
    vectors = [json.loads(content) for content in build().values()]
    assert {vector["noun"] for vector in vectors if vector["expect"] == "ok"} == set(KINDS)
    assert {vector["expect"] for vector in vectors} == {"ok", *REFUSALS}
