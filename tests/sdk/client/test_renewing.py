"""Renewing: the same values under keys that a revoked grant never held."""

from pathlib import Path

from planetvault.sealing.envelope import open_envelope
from planetvault.sealing.errors import OpenError

from tests.attacks.town import town
from tests.sdk.client.scene import ASKED, DOMAIN


def test_renewing_keeps_the_values_and_closes_them_to_the_old_keys(tmp_path: Path) -> None:
    with town(tmp_path) as one:
        held = one.used()
        given = one.owner.grants()[0]
        items = one.owner.items()
        before = {item.item: one.owner.open_item(item).columns for item in items}
        one.owner.revoke(given)
        assert one.owner.renew(given) == len(items) == 2
        after = one.owner.items()
        assert [item.version for item in after] == [item.version + 1 for item in items]
        assert {item.item: one.owner.open_item(item).columns for item in after} == before
        key = one.partner._steps._grant_keys[held.hash]
        rows = one.sql("SELECT sealed FROM envelopes")
        for (sealed,) in rows:
            for item in after:
                try:
                    open_envelope(key, item.item, item.version, sealed)
                except OpenError:
                    continue
                raise AssertionError("the old grant key opens a renewed item")


def test_other_grants_go_on_also_those_that_are_not_for_future_items(tmp_path: Path) -> None:
    with town(tmp_path) as one:
        one.granted()
        first = one.owner.grants()[0]
        ask = one.partner.ask(one.owner.connect(DOMAIN), **(ASKED | {"future_items": False}))
        signed = one.owner.grant(next(received for received in one.owner.asks() if received.hash == ask.hash))
        other = next(held for held in one.partner.grants() if held.hash == signed.hash)
        rows = list(one.partner.use(other, one.partner.items(other)).rows())
        one.owner.revoke(first)
        for version in (2, 3):
            one.clock.pass_by(days=1)
            assert one.owner.renew(first) == 2
            again = one.partner.items(other)
            assert {item.version for item in again} == {version}
            assert list(one.partner.use(other, again).rows()) == rows
