"""Maya, her music, and a partner who pays for it: as it happens, at the vault and at its twin."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from planetvault.errors import GrantRevoked, ItemNotGranted, OutcomeUnknown, PurposeNotGranted, UsesExhausted
from planetvault.memory import RamMemory
from planetvault.opened import Opened
from planetvault.owner import AsyncOwner
from planetvault.partner import AsyncPartner
from planetvault.partner.uses import Wish

from anchor.__main__ import main as stranger
from tests.sdk.client.scene import ASKED, PRICE, PURPOSE, plays
from tests.stories.meeting import DOMAIN, Meeting, at_the_twin, at_the_vault
from tests.vault.world import Clock, settings_in
from vault.app import create_app

SHARE = PRICE * 9 // 10


@pytest.fixture(params=["twin", "vault"])
def meeting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Meeting]:
    place = at_the_twin if request.param == "twin" else at_the_vault
    with place(tmp_path) as here:
        yield here


def test_maya_lends_her_music_three_times_and_takes_it_back(meeting: Meeting, tmp_path: Path) -> None:
    # She seals a year of plays, and the partner she connects with asks for some of it.
    maya, shop = meeting.owner("maya"), meeting.partner()
    assert maya.import_export(plays("2026-12", "2027-01", "2027-02")).written == 3
    shop.ask(maya.connect(DOMAIN), **ASKED)
    (ask,) = maya.asks()

    # She reads what it means, allows less, and signs the very text she read.
    preview = maya.preview(ask, clusters=["music.play/what"], max_uses=3)
    assert preview.most_earned == 3 * SHARE
    maya.grant(ask, clusters=["music.play/what"], max_uses=3)

    # The partner uses it three times; nothing she did not allow is opened, or paid.
    (grant,) = shop.grants()
    items = shop.items(grant)
    opened = [shop.use(grant, items) for _ in range(3)]
    assert set(opened[0].columns) == {"name", "by", "in", "media", "ref", "played_ms"}
    assert len(opened[0].columns["name"]) == 6
    with pytest.raises(UsesExhausted):
        shop.use(grant, items)
    assert shop.balance().escrow == 0

    # She sees each use, and her statement agrees with them to the micro.
    receipts = maya.receipts()
    assert [one.receipt.raw for one in receipts] == [one.receipt.raw for one in opened]
    assert maya.statement().earned == 3 * SHARE

    # Anybody can check a receipt without asking anybody.
    meeting.work()
    proof, trust = tmp_path / "receipt.proof", tmp_path / "vault.trust"
    proof.write_bytes(maya.proof(receipts[1]).raw)
    trust.write_bytes(bytes(maya._steps.trust))
    assert shop.proof(opened[1].receipt).verified.receipt.raw == receipts[1].receipt.raw
    assert stranger(["verify", str(proof), "--trust", str(trust)]) == 0

    # She takes it back, and the chain says so on both sides.
    closing = maya.revoke(maya.grants()[0])
    with pytest.raises(GrantRevoked):
        shop.use(grant, items)
    assert shop.receipts(grant)[-1].receipt.raw == maya.receipts()[-1].receipt.raw == closing.raw
    assert maya.statement().earned == 3 * SHARE


def test_what_maya_never_allowed_is_refused_and_costs_nothing(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2025-12", "2027-02"))
    shop.ask(maya.connect(DOMAIN), **(ASKED | {"look_back_days": 100}))
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    (open_now,) = shop.items(grant)
    with pytest.raises(PurposeNotGranted):
        shop.use(grant, [open_now], "dpv:Marketing")
    shut = next(one.item for one in maya.items() if one.item != open_now.item)
    with pytest.raises(ItemNotGranted):
        shop.use(grant, [shut])
    assert shop.balance().escrow == grant.escrow
    assert maya.receipts() == []


def test_a_line_that_goes_dead_costs_nobody_anything(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-02"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    items = shop.items(grant)
    quick(shop)
    meeting.wire.losing = lambda request: request.url.path == "/v1/uses"
    with pytest.raises(OutcomeUnknown):
        shop.use(grant, items)
    meeting.wire.losing = lambda _: False
    (outcome,) = shop.resume()
    assert isinstance(outcome, Opened)
    assert [one.receipt.record.seq for one in maya.receipts()] == [1]
    assert shop.balance().escrow == grant.escrow - PRICE


def quick(client: Any) -> None:
    """Let a client try again at once."""
    send = client._driver._do
    client._driver._do = lambda wanted, turns: None if hasattr(wanted, "seconds") else send(wanted, turns)


def test_a_batch_gets_what_each_wish_would_get_alone(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-01", "2027-02"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    wishes = [Wish(grant, [item], PURPOSE) for item in shop.items(grant)]
    first, refused, second = shop.use_batch(
        [wishes[0], Wish(grant, wishes[0].items, "dpv:Marketing"), wishes[1]]
    )
    assert isinstance(first, Opened)
    assert isinstance(refused, PurposeNotGranted)
    assert isinstance(second, Opened)
    assert [one.receipt.record.seq for one in shop.receipts(grant)] == [1, 2]


def test_a_partner_changes_its_keys_and_maya_follows_without_believing_anybody(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-02"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    shop.use(grant, shop.items(grant))
    shop.rotate_keys(sealing=True)
    shop.use(grant, shop.items(grant))
    assert len(maya.receipts()) == 2
    meeting.work()
    assert maya.proof(maya.receipts()[1]).verified.use


def test_mayas_device_is_started_again_and_goes_on_where_it_was(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-01"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    again = meeting.again("maya")
    again.import_export(plays("2027-01", "2027-02", each=4))
    months = [(one.period, one.version, one.rows) for one in again.items()]
    assert months == [("2027-01", 2, 4), ("2027-02", 1, 4)]
    opened = shop.use(grant, shop.items(grant))
    assert len(opened.columns["name"]) == 8


def test_maya_says_no_and_the_partner_learns_that_and_nothing_else(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    ask = shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.deny(maya.asks()[0])
    assert shop.asked(ask).state == "denied"
    assert shop.grants() == []


def test_a_deleted_month_is_shut_at_once(meeting: Meeting) -> None:
    maya, shop = meeting.owner("maya"), meeting.partner()
    maya.import_export(plays("2027-01", "2027-02"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    january, _ = maya.items()
    maya.delete_item(january)
    assert [one.item for one in shop.items(grant)] == [one.item for one in maya.items()]
    with pytest.raises(ItemNotGranted):
        shop.use(grant, [january.item])


def test_everything_can_be_awaited_at_the_vault(tmp_path: Path) -> None:
    settings, clock = settings_in(tmp_path, f"sqlite:///{tmp_path / 'vault.sqlite3'}"), Clock()
    app = create_app(settings, clock)

    async def story() -> None:
        async with app.router.lifespan_context(app):
            url, wire = f"http://{settings.origin}", httpx2.ASGITransport(app)
            maya = await AsyncOwner.create(url, RamMemory(), transport=wire, clock=clock)
            shop = await AsyncPartner.create(DOMAIN, "Music", url, RamMemory(), transport=wire, clock=clock)
            await maya.import_export(plays("2027-02"))
            await shop.ask(await maya.connect(DOMAIN), **(ASKED | {"price": 0}))
            (ask,) = await maya.asks()
            await maya.grant(ask)
            (grant,) = await shop.grants()
            items = await shop.items(grant)
            opened = await asyncio.gather(*(shop.use(grant, items) for _ in range(4)))
            assert sorted(one.receipt.record.seq for one in opened) == [1, 2, 3, 4]
            assert len(await maya.receipts()) == 4

    asyncio.run(story())
