"""A grant in plain words, English or Chinese: the very text whose hash the grant carries. Pure.

The words for data are those of clusters.json, all others those of grant_text.json. What
the partner wrote itself stands in quotation marks, and nowhere else. The text names
durations, not dates, so it is the same when it is shown and when it is signed.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from planetvault.clusters import cluster as cluster_of
from planetvault.clusters import collections, columns_of, describe
from planetvault.owner.terms import Terms

MICROS = 1_000_000

_QUOTES = str.maketrans("“”", "''")
"""What a partner wrote can't end its own quotation."""


@cache
def _told() -> Mapping[str, Any]:
    told: Mapping[str, Any] = json.loads(files("planetvault").joinpath("grant_text.json").read_text("utf-8"))
    return told


def _words(language: str) -> Mapping[str, str]:
    words: Mapping[str, str] = _told()["text"][language]
    return words


def text_of(terms: Terms, language: str) -> str:
    """The whole text, several lines.

    Raises:
        planetvault.clusters.ClusterError: for an unknown cluster or language.
    """
    clusters = _clusters(terms, language)
    words = _words(language)
    lines = [
        words["who"].format(name=terms.name.translate(_QUOTES), partner=terms.partner),
        words["what"],
        *clusters,
        words["order"],
        _why(terms, language),
        words["back" if terms.look_back_days else "back_none"].format(days=terms.look_back_days),
        words["future" if terms.future_items else "no_future"],
        words["long"].format(days=terms.duration_days, uses=terms.payable_uses),
        *_often(terms, words),
        words["keep" if terms.retention_days else "keep_none"].format(days=terms.retention_days),
        _money(terms, words),
        words["take_back"],
    ]
    return "\n".join(lines) + "\n"


def text_hash(text: str) -> bytes:
    """What the grant carries: the SHA-256 of the text in UTF-8."""
    return sha256(text.encode()).digest()


def _clusters(terms: Terms, language: str) -> list[str]:
    told = {one: describe(one, language) for one in terms.clusters}
    labels: dict[str, Any] = dict(collections())
    lines: list[str] = []
    for collection in columns_of(terms.clusters):
        label = labels[collection][language]
        lines.append(_words(language)["collection"].format(label=label))
        lines += [
            _words(language)["cluster"].format(
                label=words.label, description=words.description, never=words.never
            )
            for one, words in told.items()
            if cluster_of(one).collection == collection
        ]
    return lines


def _why(terms: Terms, language: str) -> str:
    """Each purpose with its word of the W3C vocabulary, or as that word alone; then the partner's own."""
    words, known = _words(language), _told()["purposes"]
    told = [f"{known[one][language]} ({one})" if one in known else one for one in terms.purposes]
    return words["why"].format(purposes=words["and"].join(told), reason=terms.reason.translate(_QUOTES))


def _often(terms: Terms, words: Mapping[str, str]) -> list[str]:
    """How often, if that is limited."""
    if not terms.period_uses:
        return []
    return [words["often"].format(uses=terms.period_uses, days=terms.period_days)]


def _money(terms: Terms, words: Mapping[str, str]) -> str:
    if terms.share == 0:
        return words["free"]
    return words["money_by_period" if terms.paid_by_period else "money"].format(
        days=terms.period_days,
        share=_amount(terms.share, terms.currency),
        price=_amount(terms.price, terms.currency),
        fee=_amount(terms.price - terms.share, terms.currency),
        most=_amount(terms.most_earned, terms.currency),
    )


def _amount(micros: int, currency: str) -> str:
    """``50_000`` micros of USD as ``0.05 USD``, exactly."""
    whole, part = divmod(micros, MICROS)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals} {currency}"
