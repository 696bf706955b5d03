"""A short stretch of the business that ``make books`` does long."""

from dataclasses import replace
from pathlib import Path

import pytest
from planetvault.audit import BooksDisagree, audit

from anchor.encoding import to_base64url
from anchor.records.pools import Division
from anchor.records.signed import hash_of, sign, unverified
from anchor.records.usage import Receipt
from tests.books.business import open_business, records_of, trust_of, verify_business
from tests.books.edits import unseen_in


def test_the_books_of_a_failing_vault_agree_with_the_records_to_the_micro(
    tmp_path: Path, vault_url: str
) -> None:
    with open_business(tmp_path, vault_url, seed=3, odds=0.01) as business:
        business.crowd = 8
        for _ in range(2):
            business.run(300)
            before, _ = verify_business(business)
            business.pass_a_month()
            done, books = verify_business(business)
        assert sum(one.failed for one in business.failing) > 0
        told = {kind for kind, *_ in books.movements}
        assert told >= {"top-up", "reserve", "share", "fee", "return", "release", "campaign"}
        assert told >= {"pool", "pool-share", "campaign-end"}
        pools = [name for name in before.balances if name.startswith("pool/")]
        assert pools
        assert not any(done.balances[name] for name in pools)
        assert done.balances["fee"] > 0
        assert unseen_in(business, 20) == 0


def test_a_receipt_that_is_left_out_and_one_that_is_counted_twice_are_seen(tmp_path: Path) -> None:
    with open_business(tmp_path, f"sqlite:///{tmp_path / 'v.sqlite3'}", seed=4, odds=0) as business:
        business.crowd = 8
        business.run(150)
        done, books = verify_business(business)
        records, trust = records_of(business), trust_of(business)
        paid = {source for kind, source, *_ in done.movements if kind == "share"}
        assert paid
        receipts = list(records.receipts)
        for wrong in (_without_a_paid_one(receipts, paid), receipts * 2):
            with pytest.raises(BooksDisagree):
                audit(replace(records, receipts=wrong), trust).verify_movements(books.movements)


def test_a_division_that_the_formula_does_not_make_is_seen_though_the_vault_signed_it(tmp_path: Path) -> None:
    with open_business(tmp_path, f"sqlite:///{tmp_path / 'v.sqlite3'}", seed=5, odds=0) as business:
        business.crowd = 8
        business.run(300)
        business.pass_a_month()
        verify_business(business)
        records, trust = records_of(business), trust_of(business)
        key = business.instances[0].service.keys.records
        divided = [unverified(raw, Division) for raw in records.promised.divisions]
        shared = next(one for one in divided if one.points)
        for changed in (
            replace(shared, pot=shared.pot + 1),
            replace(shared, points=shared.points + 1),
            replace(shared, grants=shared.grants + 1),
            replace(shared, root=bytes(32)),
            replace(shared, currency="EUR"),
        ):
            lied = replace(records.promised, divisions=[sign(changed, key).raw])
            with pytest.raises(BooksDisagree, match="the division of a pool"):
                audit(replace(records, promised=lied), trust)


def _without_a_paid_one(receipts: list[bytes], paid: set[str]) -> list[bytes]:
    left = next(raw for raw in receipts if to_base64url(hash_of(Receipt, raw)) in paid)
    return [raw for raw in receipts if raw != left]
