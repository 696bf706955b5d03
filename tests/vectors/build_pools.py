"""Write the vectors of shares of pools: ``python -m tests.vectors.build_pools``.

Three grants answer one offer, and a pot is shared among them by docs/spec/pool.md. Each scenario takes
the share of the second of them, and spoils one thing. Nothing of the vault's own code is used.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from anchor.encoding import to_base64url
from anchor.merkle import complete_levels, inclusion_path, leaf_hash, root
from anchor.records.consent import Grant
from anchor.records.offers import Offer
from anchor.records.pools import Division
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from tests.records.examples import VAULT, at, examples, identifier, key, seed, signed_by
from tests.vectors.folder import fill

FOLDER = Path(__file__).parent / "pools"
OK, SIGNATURE, PROOF = "ok", "signature", "proof"
POINTS = (2, 3, 2)
HERS = 1
POT = 100


@cache
def _offer() -> Signed[Offer]:
    return signed_by("acme", replace(examples()["offer"].signed.record, pool=POT, salt=seed("salt pot")))


@cache
def _grants() -> tuple[Signed[Grant], ...]:
    """Three that answer the offer, in the order of their hashes."""
    example: Grant = examples()["grant"].signed.record
    grants = [
        signed_by(
            "alice for acme",
            replace(
                example, ask=_offer().hash, id=identifier(f"pool {n}"), salt=seed(f"salt pool grant {n}")
            ),
        )
        for n in range(len(POINTS))
    ]
    return tuple(sorted(grants, key=lambda grant: grant.hash))


def _receipt(number: int, **changed: Any) -> Signed[Receipt]:
    example: Receipt = examples()["receipt"].signed.record
    named = {"grant": _grants()[HERS].hash, "salt": seed(f"salt pool receipt {number}"), **changed}
    return signed_by("vault", replace(example, **named))


def _receipts() -> list[Signed[Receipt]]:
    """All of hers: those that count, one at the last moment, one of another grant, and the end of it."""
    ends = _offer().record.expires
    counted = [_receipt(n, time=at(4 + n)) for n in range(POINTS[HERS])]
    return [
        *counted,
        _receipt(10, time=ends),
        _receipt(11, grant=_grants()[0].hash),
        _receipt(12, use=None, purpose=None, opened=(), price=0, fee=0, revocation=seed("revocation")),
    ]


def _leaf(before: int, points: int, grant: bytes) -> bytes:
    return leaf_hash(before.to_bytes(8) + points.to_bytes(8) + grant)


def _leaves(points: Sequence[int] = POINTS) -> list[bytes]:
    befores = [sum(points[:at]) for at in range(len(points))]
    return [
        _leaf(before, count, grant.hash)
        for before, count, grant in zip(befores, points, _grants(), strict=True)
    ]


def _path(leaves: Sequence[bytes], index: int) -> list[str]:
    levels = complete_levels(leaves)
    path = inclusion_path(lambda level, place: levels[level][place], index=index, size=len(leaves))
    return [to_base64url(one) for one in path]


def _division(signer: str = "vault", **changed: Any) -> Signed[Division]:
    division = Division(
        vault=VAULT,
        offer=_offer().hash,
        pot=POT,
        currency="EUR",
        points=sum(POINTS),
        grants=len(POINTS),
        root=root(_leaves()),
        time=at(31, 13),
        salt=seed("salt pool division"),
    )
    return signed_by(signer, replace(division, **changed))


def _vector(name: str, what: str, expect: str, **changed: Any) -> dict[str, Any]:
    share = {
        "offer": _offer().text,
        "division": _division().text,
        "grant": to_base64url(_grants()[HERS].hash),
        "index": HERS,
        "before": POINTS[0],
        "points": POINTS[HERS],
        "path": _path(_leaves(), HERS),
    }
    books: dict[str, Any] = {
        "key": to_base64url(key("vault").public),
        "grants": [grant.text for grant in _grants()],
        "receipts": [receipt.text for receipt in _receipts()],
    }
    books |= {term: changed.pop(term) for term in ("grants", "receipts") if term in changed}
    return {"name": name, "what": what, "expect": expect, **books, "share": {**share, **changed}}


def _alone(points: int, before: int, total: int) -> dict[str, Any]:
    """The division among one grant, hers, as its leaf says it."""
    leaf = _leaf(before, points, _grants()[HERS].hash)
    division = _division(points=total, grants=1, root=leaf).text
    return {"division": division, "index": 0, "before": before, "points": points, "path": []}


def _in_place(index: int, points: Sequence[int], total: int, first: int = 0) -> dict[str, Any]:
    """The division among three, hers at ``index``, with these points after ``first``."""
    grants = [_grants()[0].hash] * len(points)
    grants[index] = _grants()[HERS].hash
    befores = [first + sum(points[:place]) for place in range(len(points))]
    leaves = [_leaf(*one) for one in zip(befores, points, grants, strict=True)]
    division = _division(points=total, grants=len(points), root=root(leaves)).text
    place = {"index": index, "before": befores[index], "points": points[index]}
    return {"division": division, **place, "path": _path(leaves, index)}


def _accepted() -> Iterator[dict[str, Any]]:
    amounts = [POT * 5 // 7 - POT * 2 // 7, POT, POT * 7 // 9 - POT * 4 // 9]
    yield _vector("second_of_three", "Two sums, each rounded down.", OK) | {"amount": amounts[0]}
    yield _vector("alone", "The whole pot.", OK, **_alone(3, 0, 3)) | {"amount": amounts[1]}
    shown = _in_place(1, (4, 3, 2), 9)
    yield _vector("more_points_of_others", "The same uses, a smaller part.", OK, **shown) | {
        "amount": amounts[2]
    }


def _refused() -> Iterator[dict[str, Any]]:
    receipts = [receipt.text for receipt in _receipts()]
    short = [_receipt(20, time=at(6), use=seed("another use")).text]
    yield _vector(
        "division_by_another", "Not the vault signed it.", SIGNATURE, division=_division("acme").text
    )
    for name, what, changed in (
        ("other_pot", "One micro less than was offered.", {"pot": POT - 1}),
        ("other_currency", "A pot in another currency.", {"currency": "USD"}),
        ("other_vault", "A pot of another vault.", {"vault": "other.example"}),
        ("other_offer", "A division of another offer.", {"offer": examples()["offer"].signed.hash}),
        ("other_root", "The path leads elsewhere.", {"root": seed("root")}),
    ):
        yield _vector(name, what, PROOF, division=_division(**changed).text)
    yield _vector(
        "offer_of_another", "Not the offer she answered.", PROOF, offer=examples()["offer"].signed.text
    )
    yield _vector("grant_unknown", "Of a grant that is not hers.", PROOF, grants=[_grants()[0].text])
    other = examples()["grant"].signed
    answered = {"grant": to_base64url(other.hash), "grants": [other.text]}
    yield _vector("grant_of_an_ask", "Of a grant that answers an ask.", PROOF, **answered)
    yield _vector("a_use_left_out", "She has a receipt more.", PROOF, receipts=[*receipts, *short])
    yield _vector("a_use_too_many", "She has a receipt less.", PROOF, receipts=receipts[1:])
    yield _vector("other_points", "A point more than the leaf.", PROOF, points=4)
    yield _vector("other_before", "A larger part than the leaf.", PROOF, before=3)
    yield _vector("other_index", "In another place than the leaf.", PROOF, index=0)
    yield _vector("path_cut", "A path that ends too early.", PROOF, path=_path(_leaves(), HERS)[:1])
    yield _vector(
        "no_points", "Without a use there is no share.", PROOF, receipts=[], **_in_place(1, (2, 0, 5), 7)
    )
    yield _vector(
        "first_after_others", "The first place after two points.", PROOF, **_in_place(0, (3, 2, 2), 9, 2)
    )
    yield _vector(
        "last_before_the_end", "The last place, and points are left.", PROOF, **_in_place(2, (2, 2, 3), 9)
    )
    yield _vector("beyond_the_end", "More points than all together.", PROOF, **_in_place(1, (4, 3, 2), 6))
    yield _vector("index_beyond", "A fourth of three.", PROOF, index=3)


def build() -> dict[str, bytes]:
    """Every vector, by file name."""
    vectors = [*_accepted(), *_refused()]
    files = {f"{vector['name']}.json": json.dumps(vector, indent=2).encode() + b"\n" for vector in vectors}
    assert len(files) == len(vectors), "two vectors share a name"
    return files


if __name__ == "__main__":
    fill(FOLDER, build())
