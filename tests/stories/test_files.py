"""Lin lends a doctor one letter out of her drawer, and takes it back."""

from pathlib import Path
from typing import Any

import pytest
from planetvault.errors import Forbidden, NotFound

from anchor.__main__ import main as stranger
from tests.stories.meeting import Meeting, at_the_vault

SHARE = 1_800_000
ASKED: dict[str, Any] = {
    "clusters": ["document.file/content", "document.file/when"],
    "purposes": ["dpv:ServiceProvision"],
    "reason": "To read what the clinic wrote you, before we talk.",
    "price": 2_000_000,
    "max_uses": 3,
    "look_back_days": 0,
}


def test_lin_lends_one_letter_of_many_and_takes_it_back(tmp_path: Path) -> None:
    with at_the_vault(tmp_path / "vault") as meeting:
        tell(meeting, tmp_path)


def tell(meeting: Meeting, folder: Path) -> None:
    # She keeps three files. To the vault they are sealed bytes without a name.
    lin, doctor = meeting.owner("lin"), meeting.partner("doctor.example")
    for name in ("diary", "letter", "passport"):
        (folder / f"{name}.pdf").write_bytes(f"%PDF the {name} ".encode() * 9999)
        lin.put_blob(folder / f"{name}.pdf")

    # The doctor asks for files. Lin reads that none is opened which she didn't choose, and signs that.
    doctor.ask(lin.connect("doctor.example"), **ASKED)
    (ask,) = lin.asks()
    assert "Never included: files you did not choose." in lin.preview(ask).text
    lin.grant(ask)
    (grant,) = doctor.grants()
    assert doctor.items(grant) == []

    # She chooses the letter. The doctor pays once, and fetches all of it.
    letter = next(one for one in lin.files() if one.name == "letter.pdf")
    lin.share_file(letter, grant.signed)
    (file,) = doctor.use(grant, doctor.items(grant)).files
    assert (file.name, file.media_type, file.size) == ("letter.pdf", "application/pdf", letter.size)
    back = doctor.get_blob(file, folder / "back.pdf")
    assert back.read_bytes() == (folder / "letter.pdf").read_bytes()
    assert doctor.read_blob(file, 5, 10) == b"the letter"
    assert lin.statement().earned == SHARE

    # She takes the letter back, and gives it again; then she takes back the grant.
    lin.unshare_file(letter, grant.signed)
    with pytest.raises(NotFound):
        doctor.read_blob(file, 0, 1)
    lin.share_file(letter, grant.signed)
    assert doctor.read_blob(file, 5, 10) == b"the letter"
    lin.revoke(lin.grants()[0])
    with pytest.raises(Forbidden):
        doctor.read_blob(file, 0, 1)

    # The receipt says that an item was opened and paid for, to anybody; of the file it says nothing.
    meeting.work()
    proof, trust = folder / "receipt.proof", folder / "vault.trust"
    proof.write_bytes(lin.proof(lin.receipts()[0]).raw)
    trust.write_bytes(bytes(lin._steps.trust))
    assert stranger(["verify", str(proof), "--trust", str(trust)]) == 0
    assert b"letter" not in proof.read_bytes()
