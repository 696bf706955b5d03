"""Maya earns, is refused with a reason, takes her money out, and buys music with the rest of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from planetvault.audit import audit_bundle
from planetvault.documents import as_csv, as_pdf, owner_statement, partner_invoice
from planetvault.errors import Conflict, PayoutHeld
from planetvault.operator import Operator, payment_file
from planetvault.owner import Owner
from planetvault.partner import Partner

from anchor.encoding import to_base64url
from tests.sdk.client.scene import ASKED, PRICE, plays
from tests.stories.meeting import DOMAIN, Meeting, at_the_vault
from tests.vault.world import OPERATOR

SHARE, FEE = PRICE * 9 // 10, PRICE // 10


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    with at_the_vault(tmp_path) as here:
        yield here


def four_uses_and_a_refund(meeting: Meeting, operator: Operator) -> tuple[Owner, Partner]:
    # Four uses. What she may still earn is an estimate, what she earned is pending.
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-01"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0], max_uses=6)
    (grant,) = shop.grants()
    opened = [shop.use(grant, shop.items(grant)) for _ in range(4)]
    before = maya.balances()
    assert (before.estimated, before.pending, before.payable) == (2 * SHARE, 4 * SHARE, 0)

    # One of them came empty, says the partner; the operator gives back half of it, and the fee.
    shop.dispute(opened[0].receipt, "Half of it was empty.")
    (waiting,) = operator.disputes()
    assert (waiting.side, waiting.share, waiting.fee) == ("partner", SHARE, FEE)
    funding = shop.balance().funding
    operator.decide(waiting.hash, share=SHARE // 2, fee=FEE, reason="Half of it was.")
    assert shop.balance().funding == funding + SHARE // 2 + FEE
    (decided,) = maya.disputes()
    assert (decided.side, decided.refunded) == ("partner", SHARE // 2)
    assert maya.statement().earned == 4 * SHARE - SHARE // 2
    return maya, shop


def the_papers_agree(bundle: Path, maya: Owner, shop: Partner) -> None:
    # She prints her statement in Chinese; her partner has an invoice of the month.
    after = maya.balances()
    told = owner_statement(bundle)
    assert dict(told.totals)["paid"] == 300_000
    assert sum(line.amount for line in told.lines) == after.payable + after.pending
    assert as_pdf(told, "zh-CN").startswith(b"%PDF")
    assert as_csv(told, "zh-CN").splitlines()[0].startswith("日期 (UTC),事项")
    bill = partner_invoice(
        [one.receipt for one in shop.receipts(shop.grants()[0])],
        [one.decision for one in shop.disputes() if one.decision],
        year=2027,
        month=3,
    )
    assert dict(bill.totals) == {"total": 4 * PRICE - SHARE // 2 - FEE, "fees": 3 * FEE}


def test_maya_is_paid_and_redeems_and_her_partner_is_refunded(meeting: Meeting, tmp_path: Path) -> None:
    operator = Operator(meeting.url, OPERATOR, transport=meeting.wire)
    maya, shop = four_uses_and_a_refund(meeting, operator)

    # The holdback passes, and what is left is payable; nobody disputes it any more.
    meeting.work()
    assert maya.balances().pending == 3 * SHARE
    meeting.clock.pass_by(days=13)
    maya = meeting.again("maya")
    meeting.work()
    assert maya.balances().payable == SHARE - SHARE // 2
    with pytest.raises(PayoutHeld, match="14 days old"):
        maya.claim(10_000, "DE89 3704 0044 0532 0130 00, Maya Example")
    (brake,) = maya.brakes()
    maya.appeal(brake, "My daughter's birthday is tomorrow.")
    (appeal,) = operator.appeals()
    operator.answer(appeal.number, "Happy birthday.", lift=True)
    assert [(one.lifted, one.answer) for one in maya.appeals()] == [(True, "Happy birthday.")]

    meeting.clock.pass_by(days=1, seconds=2)
    maya = meeting.again("maya")
    meeting.work()
    assert maya.balances().pending == 0
    with pytest.raises(Conflict):
        maya.dispute(maya.receipts()[1].receipt, "Too late.")

    # She claims some of it; the operator pays what the file says, and reports it.
    maya.claim(200_000, "DE89 3704 0044 0532 0130 00, Maya Example")
    (due,) = operator.due()
    assert '0.20,USD,"DE89 3704 0044 0532 0130 00, Maya Example"' in payment_file([due])
    operator.report(due.hash, "settled", "batch 1, line 1")
    (claim,) = maya.claims()
    assert (claim.state, claim.payouts[0].record.reference) == ("settled", "batch 1, line 1")

    # With some more she buys a month of music. The code is for her eyes alone, and comes once.
    shop.offer_reward("A month of music", "Thirty days.", price=100_000, kind="membership", stock=1)
    (offered,) = maya.rewards()
    maya.redeem(offered.signed)
    assert (maya.balances().leaving, maya.rewards()) == (100_000, [])
    (redeemed,) = shop.redemptions()
    shop.fulfil(redeemed, "MUSIC-雨停-42")
    shop.fulfil(redeemed, "another code")  # which is never sent
    (mine,) = maya.redemptions()
    assert (mine.state, mine.code, mine.reward.record.title) == (
        "fulfilled",
        "MUSIC-雨停-42",
        "A month of music",
    )

    after = maya.balances()
    assert (after.leaving, after.paid) == (0, 300_000)
    assert after.payable == 4 * SHARE - SHARE // 2 - 300_000
    assert maya.statement().earned == after.payable + after.paid

    # Her export is enough to work out every balance of the vault's statement again, offline.
    books = audit_bundle(maya.export(tmp_path / "maya.bundle"))
    name = to_base64url(maya.account)
    assert books.balances[f"payable/{name}"] == after.payable
    assert books.balances[f"paid/{name}"] == 300_000
    assert {kind for kind, *_ in books.movements} >= {
        "release",
        "refund",
        "upheld",
        "claim",
        "settled",
        "fulfilled",
    }
    the_papers_agree(tmp_path / "maya.bundle", maya, shop)
    operator.close()
