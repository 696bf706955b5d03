"""HPKE base mode, single shot (RFC 9180 §5.1, §6.1), over X-Wing and HKDF-SHA256."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from tests.sdk.sealing.twin import xwing
from tests.sdk.sealing.twin.hkdf import expand, extract

KEM_XWING = 0x647A
KDF_HKDF_SHA256 = 0x0001
AEADS: dict[int, type[AESGCM | ChaCha20Poly1305]] = {0x0002: AESGCM, 0x0003: ChaCha20Poly1305}
ENC = 1120


@dataclass(frozen=True)
class Hpke:
    """One suite; the project uses AES-256-GCM, the published vectors ChaCha20-Poly1305."""

    aead: int = 0x0002

    def seal(self, public: bytes, info: bytes, plaintext: bytes, eseed: bytes, aad: bytes = b"") -> bytes:
        """enc(1120) ‖ ciphertext."""
        shared, enc = xwing.encapsulate(public, eseed)
        key, nonce = self.schedule(shared, info)
        return enc + AEADS[self.aead](key).encrypt(nonce, plaintext, aad)

    def open(self, seed: bytes, info: bytes, message: bytes, aad: bytes = b"") -> bytes:
        """The plaintext; any exception means that it does not open."""
        key, nonce = self.schedule(xwing.decapsulate(seed, message[:ENC]), info)
        return AEADS[self.aead](key).decrypt(nonce, message[ENC:], aad)

    def schedule(self, shared: bytes, info: bytes) -> tuple[bytes, bytes]:
        """KeySchedule in mode_base: key and base nonce."""
        hashes = self._extract(b"", b"psk_id_hash", b"") + self._extract(b"", b"info_hash", info)
        secret = self._extract(shared, b"secret", b"")
        return self._expand(secret, b"key", b"\0" + hashes, 32), self._expand(
            secret, b"base_nonce", b"\0" + hashes, 12
        )

    def _suite(self) -> bytes:
        ids = (KEM_XWING, KDF_HKDF_SHA256, self.aead)
        return b"HPKE" + b"".join(number.to_bytes(2) for number in ids)

    def _extract(self, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract("sha256", salt, b"HPKE-v1" + self._suite() + label + ikm)

    def _expand(self, prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        return expand("sha256", prk, size.to_bytes(2) + b"HPKE-v1" + self._suite() + label + info, size)
