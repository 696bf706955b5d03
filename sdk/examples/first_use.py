"""The first paid and verified use, at a sandbox and with nobody's help: python first_use.py [URL].

Start `planetvault sandbox` first. What it leaves: `receipt.proof` and `vault.trust`, for a stranger to check.
"""

import sys
import time
from pathlib import Path

from planetvault import FileMemory, Partner
from planetvault.errors import NotYet

from anchor.records.signed import Signed
from anchor.records.usage import Receipt

CENT = 10_000  # money is in millionths


def main(url: str = "http://127.0.0.1:8000") -> None:
    """Register, ask a test owner, pay, open, and fetch the proof."""
    with Partner.create("music.example", "Music Example", url, FileMemory("partner.memory")) as partner:
        partner.test_top_up(500 * CENT)
        while "grants" not in (owners := {one.behaviour: one.kid for one in partner.test_owners()}):
            time.sleep(0.2)  # they meet a new partner within seconds, one after another
        ask = partner.ask(
            owners["grants"],
            clusters=["music.play/what"],
            purposes=["dpv:ServicePersonalisation"],
            reason="To suggest what you may like next.",
            price=5 * CENT,
            max_uses=10,
            look_back_days=3650,
        )
        while (asked := partner.asked(ask)).state == "open":
            time.sleep(0.2)
        grant = next(one for one in partner.grants() if one.hash == asked.grant)
        opened = partner.use(grant, partner.items(grant)[:1])
        for row in list(opened.rows())[:3]:
            print(row["name"])
        price = opened.receipt.record.price / 1_000_000
        print(
            f"paid {price} {opened.receipt.record.currency}, {partner.balance().funding // CENT} cents left"
        )
        Path("receipt.proof").write_bytes(proof_of(partner, opened.receipt))
        Path("vault.trust").write_bytes(partner.trust_file)


def proof_of(partner: Partner, receipt: Signed[Receipt]) -> bytes:
    """The proof of a receipt, once it is in a signed checkpoint: within seconds."""
    while True:
        try:
            return partner.proof(receipt).raw
        except NotYet:
            time.sleep(0.2)


if __name__ == "__main__":
    main(*sys.argv[1:])
