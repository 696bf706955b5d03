"""Laws: what was sealed comes back, by either implementation, whatever it was."""

import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from planetvault.sealing.blob import BlobReader, open_blob, read_blob_reference, seal_blob
from planetvault.sealing.envelope import make_envelope, open_envelope, open_granted, seal_envelope
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.grant_key import derive_grant_key, find_grant_key, open_grant_key, seal_grant_key
from planetvault.sealing.hseal import OpeningKey, hseal
from planetvault.sealing.item import FIELDS_MAX, HEAD, open_item, open_item_key, seal_item
from planetvault.sealing.lockers import SealedRoot, new_device_locker, open_root, seal_root
from planetvault.sealing.padding import VALUE_BYTES_MAX, pad, padded_size, unpad
from planetvault.sealing.recovery_phrase import entropy_of, word_list, words_of
from planetvault.sealing.seal import seal, unseal
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.stream import StreamReader, open_stream, seal_stream
from planetvault.sealing.tree import (
    identity_of,
    new_collection,
    new_root,
    next_root,
    open_collection,
    open_older_roots,
    renew_collection,
    seal_collection,
    seal_older_roots,
)

from tests.sdk.sealing.twin import cobblestone
from tests.sdk.sealing.twin.hpke import Hpke
from tests.sdk.sealing.world import FIELDS, PARTNER, new_world

KEYS = some.binary(min_size=32, max_size=32)
NAMES = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda name: not name.startswith("@")
)
WORLD = new_world(FRESH)
CHUNK = 16 * 1024
SIZES = some.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 2**20 - 1, 2**20, 2**20 + CHUNK + 7])


@given(KEYS, some.binary(max_size=300), some.binary(max_size=5000))
def test_either_implementation_opens_what_the_other_sealed(key: bytes, place: bytes, value: bytes) -> None:
    assert cobblestone.decrypt(key, place, seal(key, place, value)[1:]) == value
    assert unseal(key, place, b"\1" + cobblestone.encrypt(key, place, value, key[:24])) == value


@given(KEYS, some.binary(max_size=300), some.binary(max_size=100))
def test_either_implementation_opens_what_the_other_sealed_to_a_key(
    seed: bytes, place: bytes, value: bytes
) -> None:
    key = OpeningKey(seed)
    assert Hpke().open(seed, place, hseal(key.public, place, value)[1:]) == value


def test_the_second_implementation_seals_to_a_key_what_the_first_opens() -> None:
    key = OpeningKey(bytes(range(32)))
    for number in range(5):
        sealed = b"\1" + Hpke().seal(key.public, b"here", b"value", bytes([number]) * 64)
        assert key.hunseal(b"here", sealed) == b"value"


@given(some.binary(max_size=5000))
def test_padding_comes_off_again_and_costs_an_eighth_at_most(value: bytes) -> None:
    padded = pad(value)
    assert unpad(padded) == value
    assert len(padded) <= max(32, 2 * (len(value) + 4) if len(padded) <= 256 else 1.12 * (len(value) + 4))


@given(some.integers(0, 2**45), some.integers(0, 2**45))
def test_padded_sizes_never_shrink_and_pad_to_themselves(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert small <= padded_size(small) <= padded_size(large)
    assert padded_size(padded_size(small)) == padded_size(small)


def test_values_up_to_4_kib_have_few_sizes() -> None:
    assert len({padded_size(size) for size in range(4097)}) < 75


@given(some.binary(max_size=600))
def test_only_what_pad_writes_is_read(octets: bytes) -> None:
    try:
        value = unpad(octets)
    except OpenError:
        return
    assert pad(value) == octets


def test_the_largest_value_is_sealed_and_opened_and_one_byte_more_is_refused() -> None:
    value = bytes(VALUE_BYTES_MAX)
    assert unpad(unseal(bytes(32), b"", seal(bytes(32), b"", pad(value)))) == value
    with pytest.raises(InputError):
        pad(value + b"\0")


@given(
    some.dictionaries(NAMES, some.binary(max_size=500), min_size=1, max_size=8),
    some.text(some.characters(exclude_categories=["Cs"]), max_size=40),
    some.integers(0, 2**53 - 1),
    some.integers(1, 2**53 - 1),
)
def test_an_item_comes_back_whole(fields: dict[str, bytes], label: str, rows: int, version: int) -> None:
    sealed = seal_item(WORLD.collection, FRESH.random(16), version, fields, label=label, rows=rows)
    item = open_item(WORLD.collection, sealed, sealed.hashes(), key_hash=sealed.key_hash())
    assert (dict(item.fields), item.label, item.rows) == (fields, label, rows)
    assert (item.kind, item.version, item.item_id) == ("music.play", version, sealed.item_id)


@given(some.sets(some.sampled_from(sorted(FIELDS)), min_size=1))
def test_a_partner_opens_exactly_what_was_granted(names: set[str]) -> None:
    moment = datetime(2027, 3, 1, 8, 30, 59, 999_999, tzinfo=UTC)
    hashes = WORLD.sealed.hashes()
    envelope = make_envelope(WORLD.collection, WORLD.item_key, hashes, names, sealed_at=moment)
    blob = seal_envelope(WORLD.grant_key, envelope)
    opened = open_envelope(WORLD.grant_key, WORLD.sealed.item_id, WORLD.sealed.version, blob)
    assert opened == envelope
    assert opened.sealed_at == moment.replace(microsecond=0)
    blobs = {granted.field_id: WORLD.sealed.fields[granted.field_id] for granted in opened.fields}
    assert open_granted(opened, blobs) == {name: FIELDS[name] for name in sorted(names)}


@pytest.mark.parametrize("holders", range(1, 9))
def test_a_grant_key_comes_back_from_any_number_of_holders(holders: int) -> None:
    key = derive_grant_key(WORLD.root, FRESH.random(16), 1)
    sealed = seal_grant_key(
        key,
        partner=PARTNER,
        sealing_key=WORLD.opener.public,
        owner_kid=WORLD.owner_key.kid,
        holders=holders,
    )
    assert len(sealed.shares) == len(sealed.commitment.shares) == holders
    opened = open_grant_key(
        WORLD.opener,
        key.grant_id,
        sealed.shares,
        sealed.commitment,
        partner=PARTNER,
        owner_kid=WORLD.owner_key.kid,
    )
    assert opened == key
    newer = next_root(WORLD.root)
    assert find_grant_key([newer, WORLD.root], key.grant_id, 1, sealed.commitment) == key


@pytest.mark.parametrize("holders", [-1, 0, 9])
def test_a_grant_key_without_holders_or_with_too_many_is_refused(holders: int) -> None:
    with pytest.raises(InputError):
        seal_grant_key(
            WORLD.grant_key,
            partner=PARTNER,
            sealing_key=WORLD.opener.public,
            owner_kid=WORLD.owner_key.kid,
            holders=holders,
        )


def test_the_first_items_can_still_be_read_after_three_devices_were_removed() -> None:
    roots = [new_root(bytes(16))]
    collection = new_collection(roots[0], "music.play")
    sealed_collection = seal_collection(roots[0], collection)
    for _ in range(3):
        roots.append(next_root(roots[-1]))
    *older, newest = roots
    blob = seal_older_roots(newest, older)
    assert open_older_roots(newest, [root.commitment() for root in older], blob) == tuple(older)
    opened = open_collection(reversed(roots), collection.collection_id, sealed_collection)
    assert opened == collection


def test_older_roots_are_sealed_all_or_not_at_all() -> None:
    first = new_root(bytes(16))
    second = next_root(first)
    third = next_root(second)
    for wrong in ([], [first], [second, first], [first, second, third], [first, new_root(bytes(16))]):
        with pytest.raises(InputError):
            seal_older_roots(third, wrong)


def test_field_ids_partner_keys_and_import_ids_survive_the_removal_of_a_device() -> None:
    older = new_root(bytes(16))
    identity = identity_of(older)
    collection = new_collection(older, "music.play")
    newer = next_root(older)
    renewed = renew_collection(newer, collection)
    (reopened,) = open_older_roots(newer, [older.commitment()], seal_older_roots(newer, [older]))
    same = identity_of(reopened)
    assert renewed.key != collection.key
    assert renewed.field_id("artist") == collection.field_id("artist")
    assert same.signing_key_for(PARTNER).public == identity.signing_key_for(PARTNER).public
    assert same.import_id("netease", b"1") == identity.import_id("netease", b"1")
    assert same.import_id("netease", b"1") != identity.import_id("netease", b"2")


def test_every_locker_opens_the_same_root() -> None:
    first, second = new_device_locker(), new_device_locker()
    account_id = FRESH.random(16)
    root = new_root(account_id)
    for locker in (first, second):
        sealed = SealedRoot(
            0,
            seal_root(root, locker.kid, locker.opening.public),
            locker.root_mac(account_id, first.kid),
        )
        opened = open_root(locker, sealed, account_id, root_kid=first.kid, commitment=root.commitment())
        assert opened == root


@given(SIZES, some.integers(0, 2**20 + 2 * CHUNK), some.integers(0, 3 * CHUNK))
@example(CHUNK, CHUNK - 1, 1)
@example(3 * CHUNK, 0, 3 * CHUNK)
def test_a_stream_comes_back_whole_and_from_any_place(size: int, start: int, length: int) -> None:
    value = (b"0123456789abcde" * (size // 15 + 1))[:size]
    sealed, opened = BytesIO(), BytesIO()
    seal_stream(bytes(32), b"here", BytesIO(value), sealed)
    open_stream(bytes(32), b"here", BytesIO(sealed.getvalue()), opened)
    assert opened.getvalue() == value
    assert unseal(bytes(32), b"here", sealed.getvalue()) == value
    reader = StreamReader(bytes(32), b"here", sealed)
    assert reader.size == size
    assert reader.read(start, length) == value[start : start + length]


@given(SIZES, some.integers(0, 2**20 + 2 * CHUNK), some.integers(0, 3 * CHUNK))
def test_a_blob_comes_back_whole_and_from_any_place(size: int, start: int, length: int) -> None:
    value = (b"0123456789abcde" * (size // 15 + 1))[:size]
    sealed, opened = BytesIO(), BytesIO()
    reference = seal_blob(BytesIO(value), sealed, name="photo.jpg", media_type="image/jpeg")
    assert read_blob_reference(reference.to_bytes()) == reference
    open_blob(reference, BytesIO(sealed.getvalue()), opened)
    assert opened.getvalue() == value
    assert BlobReader(reference, sealed).read(start, length) == value[start : start + length]


class _Trickle:
    """A source that returns a few bytes at a time, as a socket may."""

    def __init__(self, octets: bytes) -> None:
        self._source = BytesIO(octets)

    def readinto(self, buffer: memoryview, /) -> int:
        return self._source.readinto(buffer[:7])


def test_a_source_that_trickles_is_read_to_its_end() -> None:
    value = bytes(range(256)) * 3
    sealed, opened = BytesIO(), BytesIO()
    reference = seal_blob(_Trickle(value), sealed, name="", media_type="")
    open_blob(reference, _Trickle(sealed.getvalue()), opened)
    assert opened.getvalue() == value


def test_a_range_that_starts_before_the_beginning_is_refused() -> None:
    sealed = BytesIO()
    seal_stream(bytes(32), b"here", BytesIO(b"value"), sealed)
    for start, size in ((-1, 3), (0, -1)):
        with pytest.raises(InputError):
            StreamReader(bytes(32), b"here", sealed).read(start, size)


@given(some.binary(min_size=16, max_size=16))
def test_a_recovery_phrase_comes_back_however_it_is_typed(entropy: bytes) -> None:
    phrase = words_of(entropy)
    assert len(phrase.split(" ")) == 12
    assert entropy_of(phrase) == entropy
    assert entropy_of("\n " + phrase.upper().replace(" ", "  \t") + " ") == entropy


@given(some.binary(min_size=16, max_size=16), some.integers(0, 11), some.integers(0, 2047))
def test_a_wrong_word_is_found_out_or_makes_another_good_phrase(
    entropy: bytes, place: int, other: int
) -> None:
    words = words_of(entropy).split()
    words[place] = word_list()[other]
    try:
        read = entropy_of(" ".join(words))
    except InputError:
        return
    assert words_of(read) == " ".join(words)


def test_words_that_are_no_phrase_are_refused_and_the_error_repeats_none_of_them() -> None:
    good = words_of(bytes(16))
    for bad in ("", good + " abandon", good.replace("about", "abuot"), "x" * 10_000, good * 5000):
        with pytest.raises(InputError) as refusal:
            entropy_of(bad)
        assert "abuot" not in str(refusal.value)


def test_names_and_counts_out_of_their_limits_are_refused() -> None:
    def write(fields: dict[str, bytes], label: str = "") -> None:
        seal_item(WORLD.collection, bytes(16), 1, fields, label=label, rows=0)

    for name in ("", HEAD, "@anything", "x" * 129, "\ud800"):
        with pytest.raises(InputError):
            write({name: b""})
    for fields in ({}, {str(number): b"" for number in range(FIELDS_MAX + 1)}):
        with pytest.raises(InputError):
            write(fields)
    for label in ("x" * 257, "\ud800"):
        with pytest.raises(InputError):
            write({"name": b""}, label)
    write({"x" * 128: b""})
    write({str(number): b"" for number in range(FIELDS_MAX)}, "x" * 256)


def test_an_envelope_names_at_least_one_field_each_one_of_the_items() -> None:
    key = open_item_key(WORLD.collection, WORLD.sealed, WORLD.sealed.key_hash())
    for names in ([], ["artist", "lyrics"], [HEAD]):
        with pytest.raises(InputError):
            make_envelope(
                WORLD.collection,
                key,
                WORLD.sealed.hashes(),
                names,
                sealed_at=WORLD.envelope.sealed_at,
            )
    naive = WORLD.envelope.sealed_at.replace(tzinfo=None)
    with pytest.raises(InputError):
        make_envelope(WORLD.collection, key, WORLD.sealed.hashes(), ["artist"], sealed_at=naive)


class _Zeros:
    """A source of many zeros that takes no memory."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readinto(self, buffer: memoryview, /) -> int:
        filled = min(self._left, len(buffer))
        self._left -= filled
        return filled


class _Measured:
    """A target that keeps nothing but the number of bytes."""

    size = 0

    def write(self, octets: memoryview, /) -> None:
        self.size += len(octets)


def test_a_file_is_sealed_in_memory_that_does_not_grow_with_it() -> None:
    peaks = []
    for size in (4 << 20, 32 << 20):
        target = _Measured()
        tracemalloc.start()
        seal_blob(_Zeros(size), target, name="", media_type="")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert target.size > size
    assert peaks[1] < peaks[0] + (256 << 10)
    assert peaks[1] < 4 << 20
