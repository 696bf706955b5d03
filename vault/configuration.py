"""``check-config``: the settings as they take effect, secrets masked, and whether what they name is there.

::

    database   it answers                              chain    it answers, and its key and contract fit
    schema     it is the one this program needs        keys     both are there and readable
    history    nothing newer was published             token    the operator's routes are open
    objects    their store answers                     url      which one partners sign their requests for
    proxies    who is believed about where requests come from
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from anchor.errors import AnchorError
from vault.blobs.objects import objects_of
from vault.db import DRIVER_ERRORS, connect, reading
from vault.errors import VaultError
from vault.keyring import KEY_NAMES, log_origin, read_keys
from vault.log.guard import verify_history
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.readiness import verify_schema
from vault.settings import Settings

MASK = "********"
NOBODYS = "00/0"
"""An object that no vault has: the store says so, if it answers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and whether the vault can run with it."""

    name: str
    good: bool
    words: str


def effective(settings: Settings) -> Iterator[str]:
    """One line for each setting, as an environment would hold it; no secret and no password is among them."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = MASK if value.get_secret_value() else ""
        elif name in {"database", "chain_rpc", "chain_rpc_second"}:
            value = without_secrets(value or settings.database_url if name == "database" else value)
        yield f"PLANETVAULT_{name.upper()}={value}"


def without_secrets(url: str) -> str:
    """A URL without its password, its query and, for a node, the path that often is a key."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url
    user = f"{parts.username}:{MASK}@" if parts.password else f"{parts.username}@" if parts.username else ""
    place = f"{user}{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    path = parts.path if parts.scheme == "postgresql" or parts.path in {"", "/"} else f"/{MASK}"
    return urlunsplit((parts.scheme, place, path, MASK if parts.query else "", ""))


def check(settings: Settings) -> list[Finding]:
    """Look at everything the settings name. Nothing is written, and no contract is deployed."""
    checks: dict[str, Callable[[Settings], str]] = {
        "keys": _keys,
        "database": _database,
        "schema": _schema,
        "history": _history,
        "objects": _objects,
        "chain": _chain,
        "token": _token,
        "proxies": _proxies,
        "url": _url,
    }
    return [_attempt(name, look, settings) for name, look in checks.items()]


def _attempt(name: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, good=True, words=look(settings))
    except (VaultError, AnchorError, OSError) as error:
        return Finding(name, good=False, words=str(error))
    except DRIVER_ERRORS as error:
        return Finding(name, good=False, words=f"the database refused: {type(error).__name__}")
    except ImportError as error:
        return Finding(name, good=False, words=f"{error.name} is not installed: install planetvault[evm]")


def _keys(settings: Settings) -> str:
    read_keys(settings.folder, settings.origin)
    loose = [
        path.name for path in (settings.folder / name for name in KEY_NAMES) if path.stat().st_mode & 0o077
    ]
    if loose:
        raise VaultError(f"others may read {' and '.join(loose)}: chmod 600")
    return f"the keys of {log_origin(settings.origin)}"


def _database(settings: Settings) -> str:
    with closing(connect(settings.database_url)) as connection, reading(connection) as transaction:
        transaction.one("SELECT 1")
    return "answers"


def _schema(settings: Settings) -> str:
    with closing(connect(settings.database_url)) as connection, reading(connection) as transaction:
        return verify_schema(transaction)


def _history(settings: Settings) -> str:
    keys = read_keys(settings.folder, settings.origin)
    kept = KeptCheckpoint(settings.folder / KEPT_NAME, *keys.logs)
    with closing(connect(settings.database_url)) as connection:
        compared = verify_history(connection, keys.log.name, kept, None)
    return f"agrees with {KEPT_NAME}" if compared.kept else f"there is no {KEPT_NAME} yet"


def _objects(settings: Settings) -> str:
    objects_of(settings).has(NOBODYS)
    return f"{settings.objects} answers" if settings.objects else "a folder of this machine"


def _chain(settings: Settings) -> str:
    if not settings.chain_rpc:
        return "none: nothing is anchored"
    from vault.log import evm  # noqa: PLC0415 - its libraries are an extra, and without a chain not needed

    return evm.look(settings)


def _token(settings: Settings) -> str:
    opened = bool(settings.operator_token.get_secret_value())
    return (
        "the operator's routes are open to its holder" if opened else "none: the operator's routes are closed"
    )


def _proxies(settings: Settings) -> str:
    believed = settings.proxies.split()
    return f"X-Forwarded-For is believed from {' and '.join(believed)}" if believed else "none is believed"


def _url(settings: Settings) -> str:
    url = settings.public_url
    if not url:
        return f"none: partners sign for {settings.origin} or for this machine, as requests arrive"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise VaultError("PLANETVAULT_PUBLIC_URL is no http or https URL")
    return f"partners sign for {url}"
