"""What a malicious vault, a thief or a partner tries, a sentence each.

The published attacks behind these tests are named in docs/spec/sealing.md and
keys.md. What a signature or the journal stops is tested where those live; here
the attacker may always assume that they do not.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import planetvault.sealing
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from planetvault.sealing import contexts
from planetvault.sealing.blob import BlobReader, open_blob, seal_blob
from planetvault.sealing.envelope import make_envelope, open_envelope, open_granted
from planetvault.sealing.errors import InputError, OpenError, SealError, WeakKeyError
from planetvault.sealing.grant_key import (
    GrantKey,
    find_grant_key,
    open_grant_key,
    seal_grant_key,
)
from planetvault.sealing.hseal import OpeningKey, hseal
from planetvault.sealing.item import SealedItem, open_item, open_item_key, seal_item
from planetvault.sealing.lockers import (
    SealedRoot,
    new_device_locker,
    open_root,
    password_locker,
    seal_root,
)
from planetvault.sealing.seal import seal, unseal
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.stream import open_stream, seal_stream
from planetvault.sealing.stretching import Stretching, new_stretching
from planetvault.sealing.tree import (
    AccountRoot,
    new_collection,
    new_root,
    next_root,
    open_collection,
    open_older_roots,
    renew_collection,
    seal_collection,
    seal_older_roots,
    verify_writable,
)

from tests.sdk.sealing.key_collision import opens_under_both
from tests.sdk.sealing.twin.cobblestone import derive
from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.sdk.sealing.world import FIELDS, GRANTED, LABEL, PARTNER, ROWS, World, new_world

SOURCES = Path(planetvault.sealing.__file__).parent


@pytest.fixture(scope="module")
def world() -> World:
    return new_world(FRESH)


def _open(world: World, sealed: SealedItem, hashes: dict[bytes, bytes] | None = None) -> object:
    """Open as the owner; unless told otherwise, the manifest agrees with whatever is there."""
    hashes = sealed.hashes() if hashes is None else hashes
    return open_item(world.collection, sealed, hashes, key_hash=sealed.key_hash())


def _write(world: World, version: int, fields: dict[str, bytes] | None = None) -> SealedItem:
    place = world.sealed.item_id, version
    return seal_item(world.collection, *place, fields or dict(FIELDS), label=LABEL, rows=ROWS)


# -- keys that the vault makes up -----------------------------------------------


def test_a_root_key_that_the_vault_sealed_to_a_locker_is_refused(world: World) -> None:
    planted = new_root(world.account_id)
    blob = seal_root(planted, world.locker.kid, world.locker.opening.public)
    with pytest.raises(OpenError):
        open_root(
            world.locker,
            replace(world.sealed_root, blob=blob),
            world.account_id,
            root_kid=world.locker.kid,
            commitment=world.root.commitment(),
        )


def test_an_account_made_up_around_a_lockers_public_keys_is_refused_on_a_new_device(
    world: World,
) -> None:
    """The chain, its root and the commitment all agree with each other: the vault made them all."""
    vaults_own = new_device_locker()
    planted = new_root(world.account_id)
    blob = seal_root(planted, world.locker.kid, world.locker.opening.public)
    for root_mac in (
        vaults_own.root_mac(world.account_id, vaults_own.kid),
        world.sealed_root.root_mac,  # the real one, which vouches for another root
        bytes(32),
    ):
        with pytest.raises(OpenError):
            open_root(
                world.locker,
                SealedRoot(0, blob, root_mac),
                world.account_id,
                root_kid=vaults_own.kid,
                commitment=planted.commitment(),
            )


def test_a_root_key_of_an_older_generation_is_refused_in_place_of_the_newest(world: World) -> None:
    newest = next_root(world.root)
    with pytest.raises(OpenError):
        open_root(
            world.locker,
            replace(world.sealed_root, generation=1),
            world.account_id,
            root_kid=world.locker.kid,
            commitment=newest.commitment(),
        )


def test_an_older_root_key_that_the_chain_never_committed_to_is_refused(world: World) -> None:
    newest, planted = next_root(world.root), new_root(world.account_id)
    blob = seal_older_roots(newest, [planted])
    with pytest.raises(OpenError):
        open_older_roots(newest, [world.root.commitment()], blob)


def test_a_removed_device_cannot_have_new_data_written_under_a_collection_key_it_knows(
    world: World,
) -> None:
    """It knows the old root, and the vault helps it: they offer a next epoch of their own."""
    newest = next_root(world.root)
    planted = renew_collection(world.root, world.collection)
    blob = seal_collection(world.root, planted)
    with pytest.raises(OpenError):
        open_collection([newest], planted.collection_id, blob)
    readable = open_collection([newest, world.root], planted.collection_id, blob)
    with pytest.raises(InputError):
        verify_writable(newest, readable)
    renewed = renew_collection(newest, world.collection)
    assert verify_writable(newest, renewed) is renewed


def test_a_removed_device_cannot_open_what_is_written_under_the_newest_root(world: World) -> None:
    newest = next_root(world.root)
    renewed = renew_collection(newest, world.collection)
    sealed = seal_item(renewed, world.sealed.item_id, 4, FIELDS, label=LABEL, rows=ROWS)
    blob = seal_collection(newest, renewed)
    with pytest.raises(OpenError):
        open_collection([world.root], renewed.collection_id, blob)
    with pytest.raises(OpenError):
        open_item(world.collection, sealed, sealed.hashes(), key_hash=sealed.key_hash())


def test_a_grant_key_that_the_vault_sealed_to_the_partner_is_refused(world: World) -> None:
    forged = _sealed_by_the_vault(world, GrantKey(world.grant_key.grant_id, FRESH.random(32)))
    with pytest.raises(OpenError):
        _open_grant_key(world, shares=forged)


def test_a_grant_key_that_the_vault_sealed_to_itself_tells_it_nothing_of_the_partners(
    world: World,
) -> None:
    vault = OpeningKey(FRESH.random(32))
    with pytest.raises(OpenError):
        _open_grant_key(world, opener=vault)


def test_a_grant_key_of_the_same_owner_and_partner_is_refused_under_another_grant(world: World) -> None:
    other = GrantKey(FRESH.random(16), FRESH.random(32))
    with pytest.raises(OpenError):
        _open_grant_key(world, shares=_sealed_by_the_vault(world, other))


def test_the_key_of_a_grant_is_found_by_what_the_owner_signed_and_by_nothing_else(world: World) -> None:
    newest = next_root(world.root)
    grant_id, commitment = world.grant_key.grant_id, world.sealed_grant_key.commitment
    assert find_grant_key([newest, world.root], grant_id, 1, commitment) == world.grant_key
    for roots, version in (([newest], 1), ([], 1), ([newest, world.root], 2)):
        with pytest.raises(OpenError):
            find_grant_key(roots, grant_id, version, commitment)


def test_no_share_of_a_grant_key_can_be_left_out_replaced_or_moved() -> None:
    world = new_world(FRESH, holders=3)
    shares = world.sealed_grant_key.shares
    assert _open_grant_key(world) == world.grant_key
    for wrong in (shares[:2], shares[:2] * 2, shares[::-1], (shares[0], shares[0], shares[2])):
        with pytest.raises(OpenError):
            _open_grant_key(world, shares=wrong)


def test_all_holders_but_one_together_learn_nothing_of_the_grant_key(world: World) -> None:
    """With the same randomness, two keys differ in one share alone: the others know neither."""
    splits = [_shares(world, GrantKey(world.grant_key.grant_id, bytes([n]) * 32)) for n in (1, 2)]
    assert splits[0][:-1] == splits[1][:-1]
    for number, shares in enumerate(splits, 1):
        assert bytes(a ^ b ^ c for a, b, c in zip(*shares, strict=True)) == bytes([number]) * 32


def _shares(world: World, key: GrantKey) -> list[bytes]:
    """The opened shares of a key over three holders, split with fixed randomness."""
    sealed = seal_grant_key(
        key,
        partner=PARTNER,
        sealing_key=world.opener.public,
        owner_kid=world.owner_key.kid,
        holders=3,
        sealer=FixedSealer("split"),
    )
    kids = world.opener.kid, world.owner_key.kid
    places = [contexts.grant_key(key.grant_id, PARTNER, *kids, index=i, count=3) for i in range(3)]
    return [world.opener.hunseal(place, blob) for place, blob in zip(places, sealed.shares, strict=True)]


def test_holders_that_split_the_key_anew_among_them_are_found_out(world: World) -> None:
    """The whole still fits; each share is held to its own commitment."""
    signed, resealed = (
        seal_grant_key(
            world.grant_key,
            partner=PARTNER,
            sealing_key=world.opener.public,
            owner_kid=world.owner_key.kid,
            holders=2,
        )
        for _ in range(2)
    )
    assert signed.commitment.key == resealed.commitment.key
    with pytest.raises(OpenError):
        open_grant_key(
            world.opener,
            world.grant_key.grant_id,
            resealed.shares,
            signed.commitment,
            partner=PARTNER,
            owner_kid=world.owner_key.kid,
        )


def _sealed_by_the_vault(world: World, key: GrantKey) -> tuple[bytes, ...]:
    """Everything in the place of a share is public, so anybody can seal one."""
    return seal_grant_key(
        key, partner=PARTNER, sealing_key=world.opener.public, owner_kid=world.owner_key.kid
    ).shares


def _open_grant_key(
    world: World, *, shares: tuple[bytes, ...] | None = None, opener: OpeningKey | None = None
) -> GrantKey:
    sealed = world.sealed_grant_key
    return open_grant_key(
        opener or world.opener,
        world.grant_key.grant_id,
        sealed.shares if shares is None else shares,
        sealed.commitment,
        partner=PARTNER,
        owner_kid=world.owner_key.kid,
    )


# -- fields moved, dropped, mixed --------------------------------------------------


def test_two_fields_in_each_others_place_are_refused(world: World) -> None:
    ids = sorted(world.sealed.fields)
    for one in ids:
        for other in ids:
            if one < other:
                fields = dict(world.sealed.fields)
                fields[one], fields[other] = fields[other], fields[one]
                with pytest.raises(OpenError):
                    _open(world, replace(world.sealed, fields=fields))


def test_a_field_of_another_item_is_refused(world: World) -> None:
    other = seal_item(world.collection, FRESH.random(16), 3, FIELDS, label=LABEL, rows=ROWS)
    for field_id in world.sealed.fields:
        fields = {**world.sealed.fields, field_id: other.fields[field_id]}
        with pytest.raises(OpenError):
            _open(world, replace(world.sealed, fields=fields))


def test_a_field_of_another_owner_is_refused(world: World) -> None:
    other = new_world(FRESH)
    for field_id, stranger in zip(world.sealed.fields, other.sealed.fields.values(), strict=True):
        with pytest.raises(OpenError):
            _open(world, replace(world.sealed, fields={**world.sealed.fields, field_id: stranger}))


def test_a_field_of_an_older_version_is_refused(world: World) -> None:
    older = _write(world, 2)
    for field_id in world.sealed.fields:
        fields = {**world.sealed.fields, field_id: older.fields[field_id]}
        with pytest.raises(OpenError):
            _open(world, replace(world.sealed, fields=fields))


def test_a_dropped_field_is_missed_even_when_the_manifest_does_not_list_it(world: World) -> None:
    for field_id in world.sealed.fields:
        fields = {other: blob for other, blob in world.sealed.fields.items() if other != field_id}
        with pytest.raises(OpenError):
            _open(world, replace(world.sealed, fields=fields), world.sealed.hashes())
        with pytest.raises(OpenError):
            _open(world, replace(world.sealed, fields=fields))


def test_a_field_planted_in_an_item_is_refused_even_when_the_manifest_lists_it(world: World) -> None:
    planted = {**world.sealed.fields, FRESH.random(16): FRESH.seal(bytes(32), b"", b"")}
    with pytest.raises(OpenError):
        _open(world, replace(world.sealed, fields=planted))


def test_a_manifest_of_another_version_refuses_the_item(world: World) -> None:
    with pytest.raises(OpenError):
        _open(world, world.sealed, _write(world, 3).hashes())


def test_an_older_version_of_an_item_is_refused_in_place_of_a_newer(world: World) -> None:
    older = _write(world, 2)
    with pytest.raises(OpenError):
        _open(world, replace(older, version=3))


def test_an_item_of_another_collection_is_refused(world: World) -> None:
    other = new_collection(world.root, "music.play")
    with pytest.raises(OpenError):
        open_item(other, world.sealed, world.sealed.hashes(), key_hash=world.sealed.key_hash())


# -- what a partner is handed -------------------------------------------------------


def test_a_partner_learns_no_name_id_or_key_of_a_field_that_was_not_granted(world: World) -> None:
    envelope = open_envelope(world.grant_key, world.sealed.item_id, 3, world.envelope_blob)
    assert tuple(granted.name for granted in envelope.fields) == GRANTED
    for name in sorted(set(FIELDS) - set(GRANTED)):
        field_id = world.collection.field_id(name)
        assert field_id not in {granted.field_id for granted in envelope.fields}
        for granted in envelope.fields:
            with pytest.raises(OpenError):
                unseal(
                    granted.key,
                    contexts.field_value(world.sealed.item_id, field_id, 3),
                    world.sealed.fields[field_id],
                )


def test_an_envelope_of_another_version_item_or_grant_is_refused(world: World) -> None:
    item_id, blob = world.sealed.item_id, world.envelope_blob
    other_grant = GrantKey(FRESH.random(16), world.grant_key.key)
    for key, item, version in (
        (world.grant_key, item_id, 2),
        (world.grant_key, FRESH.random(16), 3),
        (other_grant, item_id, 3),
    ):
        with pytest.raises(OpenError):
            open_envelope(key, item, version, blob)


def test_granted_fields_that_were_dropped_added_or_swapped_are_refused(world: World) -> None:
    blobs = world.granted_blobs()
    first, second = blobs
    for wrong in (
        {},
        {first: blobs[first]},
        dict(world.sealed.fields),
        {first: blobs[second], second: blobs[first]},
        {**blobs, FRESH.random(16): blobs[first]},
    ):
        with pytest.raises(OpenError):
            open_granted(world.envelope, wrong)


def test_another_partner_with_the_same_keys_of_a_field_cannot_forge_it_for_this_one(world: World) -> None:
    """A field key is shared by all who were granted the field; the hash in the envelope is not."""
    granted = world.envelope.fields[0]
    place = contexts.field_value(world.sealed.item_id, granted.field_id, 3)
    forged = {**world.granted_blobs(), granted.field_id: seal(granted.key, place, bytes(32))}
    with pytest.raises(OpenError):
        open_granted(world.envelope, forged)


def test_another_partner_with_the_key_of_a_blob_cannot_forge_it_for_this_one() -> None:
    value, sealed, forged = b"a photo", BytesIO(), BytesIO()
    reference = seal_blob(BytesIO(value), sealed, name="a.jpg", media_type="image/jpeg")
    padded = b"b photo".ljust(32, b"\0")
    seal_stream(reference.key, contexts.blob(reference.blob_id), BytesIO(padded), forged)
    with pytest.raises(OpenError):
        open_blob(reference, BytesIO(forged.getvalue()), BytesIO())


def test_a_blob_of_another_length_is_refused_before_a_range_of_it_is_read() -> None:
    sealed, longer = BytesIO(), BytesIO()
    reference = seal_blob(BytesIO(b"a photo"), sealed, name="a.jpg", media_type="image/jpeg")
    seal_stream(reference.key, contexts.blob(reference.blob_id), BytesIO(bytes(64)), longer)
    with pytest.raises(OpenError):
        BlobReader(reference, longer)


def test_keys_of_one_version_open_nothing_of_the_next(world: World) -> None:
    newer = _write(world, 4)
    for granted in world.envelope.fields:
        for version in (3, 4):
            place = contexts.field_value(newer.item_id, granted.field_id, version)
            with pytest.raises(OpenError):
                unseal(granted.key, place, newer.fields[granted.field_id])


def test_no_context_that_a_partner_sees_names_the_account() -> None:
    seen_by_partners = ("field_value", "blob", "grant_key", "share_commit", "grant_key_commit", "envelope")
    for name in seen_by_partners:
        assert "account_id" not in inspect.signature(getattr(contexts, name)).parameters


def test_two_partners_see_two_keys_of_one_owner(world: World) -> None:
    one, other = (world.identity.signing_key_for(domain) for domain in (PARTNER, "other.example"))
    assert one.public != other.public
    assert one.public == world.identity.signing_key_for(PARTNER).public


# -- passwords ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passes", "memory_kib"), [(1, 8 * 1024), (2, 64 * 1024), (3, 64 * 1024 - 1), (0, 0), (-3, 64 * 1024)]
)
def test_a_vault_cannot_lower_the_cost_of_guessing_a_password(passes: int, memory_kib: int) -> None:
    with pytest.raises(WeakKeyError):
        Stretching(bytes(16), passes, memory_kib)


@pytest.mark.parametrize(
    ("passes", "memory_kib"), [(17, 64 * 1024), (3, 1024 * 1024 + 1), (2**31, 64 * 1024)]
)
def test_a_vault_cannot_stall_a_client_with_an_absurd_cost(passes: int, memory_kib: int) -> None:
    with pytest.raises(WeakKeyError):
        Stretching(bytes(16), passes, memory_kib)


def test_salt_cost_account_password_and_secret_key_each_give_another_locker(world: World) -> None:
    account, stretching, secret_key = world.account_id, new_stretching(), FRESH.random(16)
    lockers = [
        password_locker("correct horse", secret_key, account, stretching),
        password_locker("correct horsf", secret_key, account, stretching),
        password_locker("correct horse", FRESH.random(16), account, stretching),
        password_locker("correct horse", secret_key, FRESH.random(16), stretching),
        password_locker("correct horse", secret_key, account, new_stretching()),
        password_locker("correct horse", secret_key, account, replace(stretching, passes=4)),
    ]
    assert len({locker.kid for locker in lockers}) == len(lockers)
    assert len({locker.secret() for locker in lockers}) == len(lockers)


def test_a_stolen_password_without_the_secret_key_opens_nothing(world: World) -> None:
    """So no answer of the client can tell the vault whether a guessed password was right."""
    stretching = new_stretching()
    real = password_locker("correct horse", FRESH.random(16), world.account_id, stretching)
    blob = seal_root(world.root, real.kid, real.opening.public)
    root_mac = real.root_mac(world.account_id, world.locker.kid)
    for password in ("correct horse", "wrong"):
        guess = password_locker(password, bytes(16), world.account_id, stretching)
        with pytest.raises(OpenError) as refusal:
            open_root(
                guess,
                SealedRoot(0, blob, root_mac),
                world.account_id,
                root_kid=world.locker.kid,
                commitment=world.root.commitment(),
            )
        assert str(refusal.value) == OpenError.TEXT


# -- the primitives -------------------------------------------------------------------


def test_one_ciphertext_cannot_be_made_to_open_under_two_keys() -> None:
    """Plain AES-256-GCM allows it, as the first half shows; the commitment of a sealed blob does not."""
    context, salt = b"any place", FRESH.random(24)
    keys = FRESH.random(32), FRESH.random(32)
    derived = [derive(key, context, salt) for key in keys]
    pairs = [(octets[:32], octets[32:44]) for octets in derived]
    chunk = opens_under_both(*pairs)
    assert all(len(AESGCM(key).decrypt(nonce, chunk, None)) == 32 for key, nonce in pairs)
    for number, octets in enumerate(derived):
        blob = b"\1" + salt + octets[44:] + chunk
        assert len(unseal(keys[number], context, blob)) == 32
        with pytest.raises(OpenError):
            unseal(keys[1 - number], context, blob)


def test_unknown_versions_are_refused_and_there_is_no_older_one_to_fall_back_to(world: World) -> None:
    place = contexts.envelope(world.grant_key.grant_id, world.sealed.item_id, 3)
    share_place = contexts.grant_key(
        world.grant_key.grant_id, PARTNER, world.opener.kid, world.owner_key.kid, index=0, count=1
    )
    share = world.sealed_grant_key.shares[0]
    for version in set(range(256)) - {1}:
        first = bytes([version])
        with pytest.raises(OpenError):
            unseal(world.grant_key.key, place, first + world.envelope_blob[1:])
        with pytest.raises(OpenError):
            world.opener.hunseal(share_place, first + share[1:])
        with pytest.raises(OpenError):
            open_stream(world.grant_key.key, place, BytesIO(first + world.envelope_blob[1:]), BytesIO())


def test_every_failure_to_open_has_the_same_text_and_no_cause(world: World) -> None:
    key, place = world.grant_key.key, b"here"
    blob = seal(key, place, b"value")
    hblob = hseal(world.opener.public, place, bytes(32))
    attempts: list[Callable[[], object]] = [
        lambda: unseal(bytes(32), place, blob),
        lambda: unseal(key, b"there", blob),
        lambda: unseal(key, place, b"\2" + blob[1:]),
        lambda: unseal(key, place, blob[:-1]),
        lambda: unseal(key, place, blob[:30]),
        lambda: unseal(key, place, b""),
        lambda: world.opener.hunseal(b"there", hblob),
        lambda: world.opener.hunseal(place, hblob[:-1]),
        lambda: world.opener.hunseal(place, hblob[:1089] + bytes(32) + hblob[1121:]),
        lambda: open_item_key(world.collection, world.sealed, bytes(32)),
        lambda: open_granted(world.envelope, {}),
    ]
    for attempt in attempts:
        with pytest.raises(OpenError) as refusal:
            attempt()
        assert str(refusal.value) == OpenError.TEXT
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_public_key_that_would_leak_what_is_sealed_to_it_is_refused(world: World) -> None:
    mlkem = world.opener.public[:1184]
    small_order = bytes(32), b"\1" + bytes(31), (2**255 - 19).to_bytes(32, "little")
    for public in (*(mlkem + x25519 for x25519 in small_order), b"", mlkem, b"\xff" * 1216):
        with pytest.raises(InputError):
            hseal(public, b"here", bytes(32))


def test_equal_values_sealed_a_thousand_times_are_a_thousand_different_blobs(world: World) -> None:
    blobs = [seal(world.grant_key.key, b"here", b"same") for _ in range(1000)]
    assert len(set(blobs)) == 1000
    assert len({blob[1:25] for blob in blobs}) == 1000  # salts
    assert len({blob[25:57] for blob in blobs}) == 1000  # commitments
    assert len({blob[57:] for blob in blobs}) == 1000
    assert len({hseal(world.opener.public, b"here", b"same") for _ in range(50)}) == 50


def test_equal_items_have_nothing_equal_but_field_ids(world: World) -> None:
    one, other = _write(world, 3), _write(world, 3)
    assert set(one.fields) == set(other.fields)
    assert one.key != other.key
    assert not set(one.fields.values()) & set(other.fields.values())
    elsewhere = new_collection(world.root, "music.play")
    assert elsewhere.field_id("artist") != world.collection.field_id("artist")


def test_a_restored_snapshot_repeats_no_salt_because_sealing_keeps_no_state(world: World) -> None:
    assert not hasattr(FRESH, "__dict__") or not vars(FRESH)
    salts = {seal(world.grant_key.key, b"here", b"")[1:25] for _ in range(20_000)}
    assert len(salts) == 20_000


def test_values_of_one_size_bucket_look_alike(world: World) -> None:
    sizes = {
        len(_write(world, 3, {"name": value}).fields[world.collection.field_id("name")])
        for value in (b"", b"no", b"yes", b"twenty-eight bytes, at most.")
    }
    assert sizes == {32 + 73}


def test_nothing_the_vault_stores_shows_a_name_a_value_a_kind_or_a_label(world: World) -> None:
    sealed_collection = seal_collection(world.root, world.collection)
    stored = [world.sealed.key, *world.sealed.fields, *world.sealed.fields.values(), sealed_collection]
    stored += [*world.sealed_grant_key.shares, world.envelope_blob, world.sealed_root.blob]
    plain = [*map(str.encode, FIELDS), *FIELDS.values(), b"@head", b"music.play", LABEL.encode()]
    for octets in stored:
        assert not any(secret in octets for secret in plain)


def test_a_repr_that_lands_in_a_log_shows_no_secret(world: World) -> None:
    text = repr(world)
    secrets = [
        world.root.key,
        world.identity.secret,
        world.collection.key,
        world.collection.names,
        world.item_key.key,
        world.grant_key.key,
        world.locker.secret(),
        world.opener.seed(),
        *(granted.key for granted in world.envelope.fields),
    ]
    for secret in secrets:
        assert repr(secret)[2:-1] not in text
        assert secret.hex() not in text


# -- how the code is built --------------------------------------------------------------


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.name}: {node.name}", node


def test_nothing_that_opens_or_verifies_answers_with_a_bool() -> None:
    checked = 0
    for name, function in _functions():
        if function.name.startswith(("open", "verify", "unseal", "hunseal", "unpad", "_verify")):
            assert function.returns is not None, name
            assert "bool" not in ast.unparse(function.returns), name
            checked += 1
    assert checked > 20


def test_secrets_are_compared_in_constant_time() -> None:
    """Where a hash or MAC meets another, ``compare_digest`` decides, never ``==``."""
    for path in SOURCES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                text = re.sub(r"len\([^)]*\)", "", ast.unparse(node))
                assert not any(word in text for word in ("digest", "commit", "root_mac", "sha256")), text


def test_an_error_while_opening_is_always_one_of_ours(world: World) -> None:
    assert all(issubclass(kind, SealError) for kind in (OpenError, InputError, WeakKeyError))
    with pytest.raises(SealError):
        open_envelope(world.grant_key, b"short id", 3, world.envelope_blob)
    with pytest.raises(SealError):
        open_envelope(world.grant_key, world.sealed.item_id, -1, world.envelope_blob)
    with pytest.raises(SealError):
        AccountRoot(world.account_id, 0, b"short key")
    with pytest.raises(SealError):
        make_envelope(
            world.collection,
            world.item_key,
            {},
            ["artist"],
            sealed_at=world.envelope.sealed_at,
        )
