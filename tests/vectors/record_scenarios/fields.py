"""Values out of their range: one wrong value in an otherwise proper record."""

from collections.abc import Iterator
from typing import Any

from anchor.encoding import to_base64url
from tests.records.examples import identifier, key, seed
from tests.vectors.record_scenarios.scenario import (
    FORMAT,
    SIGNATURE,
    Scenario,
    assemble,
    changed,
    compact,
    other_last_character,
    payload_of,
    refused,
    replaced,
)

_PRICE = '"price":50000'


def _value(name: str, what: str, noun: str, **fields: Any) -> Scenario:
    return refused(f"{noun}_{name}", what, FORMAT, noun, changed(noun, **fields))


def _numbers() -> Iterator[Scenario]:
    for name, what, written in (
        ("float_price", "A whole number written as a fraction.", "50000.0"),
        ("exponent_price", "A whole number written with an exponent.", "5e4"),
        ("negative_price", "A negative price.", "-1"),
        ("negative_zero_price", "Zero with a sign.", "-0"),
        ("plus_price", "A plus sign, which JSON does not know.", "+1"),
        ("leading_zero_price", "A leading zero, which JSON does not know.", "050000"),
        ("hex_price", "Hex, which JSON does not know.", "0xC350"),
        ("price_2_to_53", "One more than the largest number.", "9007199254740992"),
        ("huge_price", "A number of four thousand digits.", "9" * 4_000),
        ("nan_price", "Not a number.", "NaN"),
        ("infinite_price", "Infinity.", "Infinity"),
        ("text_price", "A number as a text.", '"50000"'),
        ("null_price", "Null where a number belongs.", "null"),
        ("boolean_price", "True, which some languages take for 1.", "true"),
    ):
        jws = replaced("grant", _PRICE, f'"price":{written}')
        yield refused(f"grant_{name}", what, FORMAT, "grant", jws)
    yield _value("fee_above_all", "More than 10,000 basis points.", "grant", fee=10_001)
    yield _value("too_many_days", "More than a hundred years.", "grant", retention_days=36_526)
    yield _value("no_uses", "Ordinals begin at 1.", "grant", max_uses=0)


def _bytes() -> Iterator[Scenario]:
    whole = payload_of("use")["grant"]
    yield _value(
        "hash_noncanonical", "The spare bits of a hash are set.", "use", grant=other_last_character(whole)
    )
    yield _value("hash_padded", "A hash with padding.", "use", grant=whole + "=")
    yield _value("hash_short", "31 bytes.", "use", grant=to_base64url(seed("x")[:31]))
    yield _value("hash_long", "33 bytes.", "use", grant=to_base64url(seed("x") + b"x"))
    yield _value("hash_hex", "A hash in hex.", "use", grant=seed("x").hex())
    yield _value("hash_standard_alphabet", "A slash in a hash.", "use", grant="/" * 42 + "8")
    yield _value("hash_with_space", "A space in a hash.", "use", grant=whole[:20] + " " + whole[21:])
    yield _value("hash_null", "Null where a hash belongs.", "use", grant=None)
    yield _value("salt_short", "A salt of 16 bytes.", "use", salt=to_base64url(identifier("x")))
    yield _value("sealing_key_short", "An X25519 key instead of X-Wing.", "partner", sealing_key=whole)


def _texts() -> Iterator[Scenario]:
    for name, what, text in (
        ("empty_reason", "No character.", ""),
        ("reason_of_501", "One character too many.", "a" * 501),
        ("reason_with_line_end", "A line end, escaped.", "one\ntwo"),
        ("reason_with_delete", "The control character U+007F.", "one\x7ftwo"),
        ("reason_with_c1_control", "The control character U+0085.", "one\x85two"),
        ("reason_with_line_separator", "The line separator U+2028.", "one\u2028two"),
        ("reason_with_override", "U+202E turns the reading direction.", "lla \u202eyap"),
        ("reason_with_isolate", "U+2066 turns the reading direction.", "a \u2066b"),
        ("reason_number", "A number where a text belongs.", 7),
    ):
        yield _value(name, what, "ask", reason=text)


def _names() -> Iterator[Scenario]:
    for name, what, domain in (
        ("upper_case", "Domains are written in lower case.", "Acme.example"),
        ("dot_at_end", "No dot at the end.", "acme.example."),
        ("one_label", "At least two labels.", "acme"),
        ("underscore", "No underscore.", "ac_me.example"),
        ("hyphen_first", "No hyphen at the edge of a label.", "-acme.example"),
        ("address", "Not the number of a machine.", "192.0.2.1"),
        ("unicode", "Other scripts are written as xn--.", "ácme.example"),
        ("label_of_64", "A label has at most 63 characters.", "a" * 64 + ".example"),
        ("line_end", "Nothing after the name.", "acme.example\n"),
        ("too_long", "254 characters.", ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 62])),
    ):
        yield _value(f"domain_{name}", what, "pairing", partner=domain)
    yield _value("origin_with_scheme", "An origin has no scheme.", "use", vault="https://vault.example")
    yield _value("origin_with_slash", "No slash at the end.", "use", vault="vault.example/")
    yield _value("purpose_without_prefix", "Purposes begin with dpv:.", "use", purpose="Personalisation")
    yield _value("purpose_null", "A use has a purpose.", "use", purpose=None)
    yield _value("cluster_without_group", "No slash.", "grant", clusters=["music.play"])
    yield _value("currency_lower_case", "Three capital letters.", "grant", currency="eur")
    yield _value("language_unknown", "Not one of the languages.", "grant", language="fr")
    yield _value("kind_unknown", "Not one of the kinds.", "account", kind="biscuit")
    yield _value("action_list", "A list where a word belongs.", "account", action=["create"])
    yield _value("finality_unknown", "Not one of the forms.", "anchor", finality="soon")
    yield _value(
        "contract_hash", "32 bytes where an address belongs.", "anchor", contract=to_base64url(seed("x"))
    )


def _times() -> Iterator[Scenario]:
    for name, what, time in (
        ("offset", "An offset instead of Z.", "2027-03-04T09:00:00+00:00"),
        ("lower_case", "A small z.", "2027-03-04T09:00:00z"),
        ("space", "A space instead of T.", "2027-03-04 09:00:00Z"),
        ("fraction", "A fraction of a second.", "2027-03-04T09:00:00.5Z"),
        ("without_seconds", "No seconds.", "2027-03-04T09:00Z"),
        ("leap_second", "The 61st second.", "2027-06-30T23:59:60Z"),
        ("hour_24", "The 25th hour.", "2027-03-04T24:00:00Z"),
        ("30_february", "A day that never comes.", "2027-02-30T09:00:00Z"),
        ("29_february", "Not a leap year.", "2027-02-29T09:00:00Z"),
        ("year_zero", "There is no year 0.", "0000-01-01T00:00:00Z"),
        ("week_date", "A week date of ISO 8601.", "2027-W09-4T09:00:0Z"),
        ("other_digits", "Digits of another script.", "２０２７-03-04T09:00:00Z"),  # noqa: RUF001 - the point
        ("number", "Seconds since 1970.", 1_804_150_800),
    ):
        yield _value(f"time_{name}", what, "use", time=time)


def _booleans() -> Iterator[Scenario]:
    yield _value("erase_one", "1 for true.", "revocation", erase=1)
    yield _value("erase_text", "A text for true.", "revocation", erase="true")
    yield _value("erase_null", "Null for false.", "revocation", erase=None)


def _lists() -> Iterator[Scenario]:
    items = payload_of("use")["items"]
    many = [to_base64url(item) for item in sorted(identifier(f"item {n}") for n in range(65))]
    ascii_order = ["-", "0", "A", "_", "a"]
    yield _value("no_items", "A use opens something.", "use", items=[])
    yield _value("65_items", "At most 64 items.", "use", items=many)
    yield _value("items_descending", "Items ascend.", "use", items=items[::-1])
    yield _value("item_twice", "Every item once.", "use", items=[items[0], items[0]])
    yield _value(
        "items_ordered_as_text",
        "Items ascend as bytes, not as base64url.",
        "use",
        items=[first + "A" * 21 for first in ascii_order],
    )
    yield _value("items_object", "An object where a list belongs.", "use", items={"0": items[0]})
    yield _value("item_null", "Null in a list.", "use", items=[None])
    clusters = payload_of("grant")["clusters"]
    yield _value("clusters_descending", "Clusters ascend.", "grant", clusters=clusters[::-1])
    yield _value("cluster_twice", "Every cluster once.", "grant", clusters=[clusters[0]] * 2)
    yield _value("no_holders", "Somebody holds the key.", "grant", holders=[])
    nine = [{"name": f"h{n}.example", "commitment": to_base64url(seed("x"))} for n in range(9)]
    yield _value("9_holders", "At most 8 holders.", "grant", holders=nine)
    opened = payload_of("receipt")["opened"]
    yield _value("opened_descending", "Opened items ascend.", "receipt", opened=opened[::-1])
    yield _value("opened_twice", "Every opened item once.", "receipt", opened=[opened[0]] * 2)
    fields = payload_of("manifest")["fields"]
    yield _value("fields_descending", "Fields ascend.", "manifest", fields=fields[::-1])


def _arrivals() -> Iterator[Scenario]:
    said = payload_of("arrival")
    yield _value(
        "vault_address", "An address where an origin belongs.", "arrival", vault="https://other.example"
    )
    yield _value("origin_null", "She comes from somewhere.", "arrival", origin=None)
    yield _value("chain_null", "An account has an entry at least.", "arrival", chain=None)
    yield _value("manifests_negative", "Fewer manifests than none.", "arrival", manifests=-1)
    yield _value("journal_number", "The newest manifest is named by its hash.", "arrival", journal=1)
    yield _value("another_field", "A field that says more.", "arrival", grants=1)
    without = compact({name: value for name, value in said.items() if name != "journal"})
    jws = assemble("arrival", without)
    yield refused("arrival_without_journal", "No journal is null, not left out.", FORMAT, "arrival", jws)
    stranger = assemble("arrival", compact(said), signer=key("vault"))
    what = "Signed by the vault she comes from, which has everything but a locker."
    yield refused("arrival_by_the_vault_she_leaves", what, SIGNATURE, "arrival", stranger)
    erasure = changed("erasure", vault="other.example")
    yield refused("arrival_is_an_erasure", "An erasure is no arrival.", FORMAT, "arrival", erasure)


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _numbers()
    yield from _bytes()
    yield from _texts()
    yield from _names()
    yield from _times()
    yield from _booleans()
    yield from _lists()
    yield from _arrivals()
