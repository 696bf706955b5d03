"""A coupon for the category she really spends on: python shop_coupons.py URL MEMORY.

Money that came back and orders that came to nothing do not count. A shop that knows no
categories gets the thing itself.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planetvault import FileMemory, Partner

NEEDED = {"commerce.order/what", "commerce.order/money"}
PURPOSE = "dpv:PersonalisedBenefits"
COUPONS_MAX = 3
PERCENT = 5
VALUE_MAX_MICROS = 20_000_000
"""No coupon is worth more than this, in millionths of the currency's unit."""
BOUGHT = {"paid", "partly-refunded"}


@dataclass(frozen=True, slots=True)
class Coupon:
    """Something off the next order of this kind, in micros of ``currency``."""

    on: str
    value: int
    currency: str


def coupons(rows: Iterable[Mapping[str, Any]]) -> list[Coupon]:
    """Coupons for what she kept and spent most on, the best first; whole micros, rounded down."""
    spent: defaultdict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row["status"] in BOUGHT:
            kept = row["total_micros"] - row["refunded_micros"]
            spent[row["currency"], row["category"] or row["name"]] += max(kept, 0)
    best = sorted(spent.items(), key=lambda one: (-one[1], one[0]))[:COUPONS_MAX]
    return [
        Coupon(on, min(amount * PERCENT // 100, VALUE_MAX_MICROS), currency)
        for (currency, on), amount in best
        if amount
    ]


def main(url: str, memory: str) -> None:
    """Open what is granted, pay for it, and print each owner's coupons."""
    with Partner.open(url, FileMemory(memory)) as partner:
        for grant in partner.grants():
            if grant.state == "standing" and set(grant.terms.clusters) >= NEEDED:
                opened = partner.use(grant, partner.items(grant)[:64], PURPOSE)
                for coupon in coupons(opened.rows()):
                    print(f"{coupon.value / 1_000_000:.2f} {coupon.currency} off: {coupon.on}")


if __name__ == "__main__":
    main(*sys.argv[1:])
