"""A harbour, a carrier and a third party: evidence of two businesses, checked with the stock verifier."""

from hashlib import sha256
from pathlib import Path

import pytest
from planetvault.errors import Conflict, Forbidden, NotYet

from anchor.__main__ import PROVED, REFUSED, main
from anchor.evidence import verify_evidence
from anchor.exports.formats import included_of
from anchor.records.trust import read_trust
from tests.stories.meeting import at_the_vault

BILL = b"Received on board 40 crates of tea, in apparent good order."


def test_two_businesses_keep_a_log_and_a_third_checks_it_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with at_the_vault(tmp_path) as meeting:
        harbour, carrier = meeting.partner("harbour.example"), meeting.partner("carrier.example")
        log = harbour.open_log("harbour")
        with pytest.raises(Conflict):
            carrier.open_log("harbour")
        with pytest.raises(Forbidden):
            carrier.put_on_record(log, sha256(BILL).digest(), "bill of lading 7")

        harbour.admit(log, "carrier.example")
        loaded = carrier.put_on_record(log, sha256(BILL).digest(), "bill of lading 7")
        landed = harbour.put_on_record(log, sha256(BILL + b" Landed.").digest(), "landing of bill 7")
        with pytest.raises(NotYet):
            carrier.prove(loaded)
        for _ in range(3):
            meeting.work()
        files = {"loaded": carrier.prove(loaded).raw, "landed": harbour.prove(landed).raw}

        harbour.remove(log, "carrier.example")
        with pytest.raises(Forbidden):
            carrier.put_on_record(log, sha256(b"another").digest(), "bill of lading 8")
        trust = carrier.trust_file

    for name, raw in files.items():
        (tmp_path / f"{name}.tlog-proof").write_bytes(raw)
    (tmp_path / "trust.json").write_bytes(trust)
    asked = [str(tmp_path / f"{name}.tlog-proof") for name in files]
    assert main(["verify", *asked, "--trust", str(tmp_path / "trust.json")]) == PROVED
    said = capsys.readouterr().out
    assert "carrier.example put on record: bill of lading 7" in said
    assert sha256(BILL).hexdigest() in said
    assert "only the vault's word that there is one log" in said

    before, after = (verify_evidence(raw, read_trust(trust)) for raw in files.values())
    assert before.index < after.index, "the log says what came first"

    for raw in files.values():
        shown = included_of(raw, read_trust(trust))
        assert shown.climbed() == shown.root == verify_evidence(raw, read_trust(trust)).head.record.root
    assert main(["export", asked[0], "--trust", str(tmp_path / "trust.json"), "--format", "record"]) == PROVED
    assert capsys.readouterr().out.startswith("planetvault/evidence/v1\0")

    forged = files["loaded"].replace(b"index 1\n", b"index 2\n")
    (tmp_path / "loaded.tlog-proof").write_bytes(forged)
    assert main(["verify", asked[0], "--trust", str(tmp_path / "trust.json")]) == REFUSED
