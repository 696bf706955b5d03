"""A share of a pool comes out as its vector says; the folder holds what the script builds."""

import json
from pathlib import Path
from typing import Any

import pytest
from planetvault.answers import Fields
from planetvault.errors import PoolWrong
from planetvault.owner.pools import verify_share

from anchor.encoding import from_base64url
from anchor.errors import ProofError, SignatureError
from anchor.records.consent import verify_grant
from anchor.records.signed import by, verify
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from tests.vectors.build_pools import FOLDER, build
from tests.vectors.build_proofs import trust

REFUSALS = {"signature": SignatureError, "proof": ProofError}


def amount(vector: dict[str, Any], reader: Trust) -> int:
    """What the share brings, checked."""
    public = from_base64url(vector["key"])
    grants = [verify_grant(jws.encode()) for jws in vector["grants"]]
    receipts = [verify(jws.encode(), Receipt, by(public)).record for jws in vector["receipts"]]
    return verify_share(Fields(vector["share"]), {one.hash: one for one in grants}, receipts, reader).amount


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_share_comes_out_as_its_vector_says(path: Path) -> None:
    vector, reader = json.loads(path.read_bytes()), trust()
    if vector["expect"] == "ok":
        assert amount(vector, reader) == vector["amount"]
        return
    with pytest.raises(PoolWrong) as refused:
        amount(vector, reader)
    assert type(refused.value.__cause__) is REFUSALS[vector["expect"]]


def test_the_folder_holds_exactly_what_the_script_builds() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == build()
