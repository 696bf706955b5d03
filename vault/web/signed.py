"""Who released the app: a signed note over the hash of its manifest (docs/spec/app.md)."""

from hashlib import sha256
from pathlib import Path

from anchor.encoding import to_base64
from anchor.errors import AnchorError
from anchor.note import NoteKey, Policy, VerifierKey, sign_note, verify_note
from vault.web.packaged import ASSETS, MANIFEST, NOTE, AppBroken, packaged

FIRST_LINE = "planetvault app v1"


def text_of(manifest: bytes) -> bytes:
    """What is signed: two lines, the second the SHA-256 of ``app.json`` in base64."""
    return f"{FIRST_LINE}\n{to_base64(sha256(manifest).digest())}\n".encode()


def sign_app(manifest: bytes, key: NoteKey) -> bytes:
    """The note that goes beside a manifest, as ``app.note``."""
    return sign_note(text_of(manifest), key)


def verify_signed(note: bytes, manifest: bytes, key: VerifierKey) -> None:
    """Let an app pass that this key released.

    Raises:
        AppBroken: if the note is none, of another manifest, or not by this key.
    """
    try:
        signed = verify_note(note, Policy(key))
    except AnchorError as error:
        raise AppBroken(f"the app is not signed by {key.name}: {error}") from error
    if signed.text != text_of(manifest):
        raise AppBroken("the signature is of another version of the app")


def sign_packaged(key: NoteKey) -> None:
    """Sign the app of this installation, where it lies.

    Raises:
        AppBroken: if there is none, or it can't be written beside.
    """
    app = packaged()
    if not app or not isinstance(ASSETS, Path):
        raise AppBroken("there is no app here to sign: make app")
    (ASSETS / NOTE).write_bytes(sign_app(app[MANIFEST].content, key))


def verify_packaged(vkey: str) -> bool:
    """Whether there is an app; one that must be signed by ``vkey``, unless that is empty.

    Raises:
        AppBroken: if it is not.
        FormatError: if ``vkey`` is none.
    """
    app = packaged()
    if app and vkey:
        note = app[NOTE].content if NOTE in app else b""
        verify_signed(note, app[MANIFEST].content, VerifierKey.parse(vkey))
    return bool(app)
