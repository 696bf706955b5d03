"""Grants whose fields are all right, but do not make sense together."""

from collections.abc import Iterator
from typing import Any

from anchor.encoding import to_base64url
from tests.records.examples import examples
from tests.vectors.record_scenarios.scenario import FORMAT, Scenario, changed, payload_of, refused


def _grant(name: str, what: str, **fields: Any) -> Scenario:
    return refused(f"grant_{name}", what, FORMAT, "grant", changed("grant", **fields))


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    begin = payload_of("grant")["not_before"]
    before = to_base64url(examples()["grant"].signed.hash)
    yield _grant("without_duration", "It ends when it begins.", expires=begin)
    yield _grant("ends_before_it_begins", "It ends before.", expires="2027-03-01T12:00:00Z")
    yield _grant("first_version_names_another", "A first version follows nothing.", prev=before)
    yield _grant("uses_of_no_period", "A limit of periods where there are none.", period_days=0)
    yield _grant(
        "price_of_no_period",
        "A price of periods where there are none.",
        period_days=0,
        period_uses=0,
        paid_by_period=True,
    )
    yield _grant("second_version_names_none", "A later one names the one before.", version=2)
