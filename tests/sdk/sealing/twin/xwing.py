r"""X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 and X25519, with its 64 random bytes given."""

from hashlib import sha3_256, shake_256

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.sdk.sealing.twin.ml_kem import encapsulate as ml_kem_encapsulate

LABEL = rb"\.//^\ "[:-1]
PUBLIC_MLKEM = 1184
CIPHERTEXT_MLKEM = 1088


def encapsulate(public: bytes, eseed: bytes) -> tuple[bytes, bytes]:
    """EncapsulateDerand: the shared secret and the ciphertext, 1120 bytes."""
    ephemeral = X25519PrivateKey.from_private_bytes(eseed[32:])
    ct_x = ephemeral.public_key().public_bytes_raw()
    ss_x = ephemeral.exchange(X25519PublicKey.from_public_bytes(public[PUBLIC_MLKEM:]))
    ss_m, ct_m = ml_kem_encapsulate(public[:PUBLIC_MLKEM], eseed[:32])
    return _combine(ss_m, ss_x, ct_x, public[PUBLIC_MLKEM:]), ct_m + ct_x


def public_of(seed: bytes) -> bytes:
    """The public key for a seed: ML-KEM-768(1184) ‖ X25519(32)."""
    ml_kem, x25519 = _secret_keys(seed)
    return ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    """Decapsulate with a 32-byte seed: the shared secret."""
    ml_kem, x25519 = _secret_keys(seed)
    ct_m, ct_x = ciphertext[:CIPHERTEXT_MLKEM], ciphertext[CIPHERTEXT_MLKEM:]
    ss_m = ml_kem.decapsulate(ct_m)
    ss_x = x25519.exchange(X25519PublicKey.from_public_bytes(ct_x))
    return _combine(ss_m, ss_x, ct_x, x25519.public_key().public_bytes_raw())


def _secret_keys(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    expanded = shake_256(seed).digest(96)
    ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    return ml_kem, X25519PrivateKey.from_private_bytes(expanded[64:])


def _combine(ss_m: bytes, ss_x: bytes, ct_x: bytes, pk_x: bytes) -> bytes:
    return sha3_256(ss_m + ss_x + ct_x + pk_x + LABEL).digest()
