"""Every setting, with its reason. All come from the environment, as ``PLANETVAULT_<NAME>``.

A name followed by ``_FILE`` reads the value from a file, for secrets that should not
stand in an environment.
"""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from anchor.errors import FormatError
from anchor.records.shape import DOMAIN
from anchor.records.trust import TEST_ORIGIN, VALIDATORS_MAX
from vault.errors import Malformed

TOKEN_LENGTH_MIN = 24
ADDRESS_BYTES = 20


class Settings(BaseSettings):
    """How one vault runs."""

    model_config = SettingsConfigDict(env_prefix="PLANETVAULT_", extra="ignore", frozen=True)

    origin: str = Field(
        default="vault.localhost", description="The vault's name in every record it signs. Never change it."
    )
    mode: Literal["live", "test"] = Field(
        default="live", description="A test vault has invented owners and money, and an origin test.…."
    )
    folder: Path = Field(
        default=Path("build/vault"), description="Where the keys are, and the embedded database."
    )
    database: str = Field(
        default="", repr=False, description="sqlite:///path or postgresql://…; empty: SQLite in the folder."
    )
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="The one currency of this vault.")
    fee: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=1000, description="The vault's part of a price, in basis points."
    )
    holdback_days: int = Field(
        default=14, ge=0, le=365, description="How long a use may be disputed before its money is payable."
    )
    payout_age_days: int = Field(
        default=14, ge=0, le=365, description="How old an account is when its first money leaves."
    )
    payout_cap: int = Field(
        default=0, ge=0, description="Micros that leave one account in 30 days, without an appeal; 0: no cap."
    )
    payout_persons: bool = Field(
        default=False, description="Money leaves one account of each verified person, and no other."
    )
    payout_contract: str = Field(
        default="", description="Address of the payout contract, 0x…; empty: no claims by evm."
    )
    payout_chain_id: int = Field(default=0, ge=0, description="The chain that the payout contract is on.")
    operator_token: SecretStr = Field(
        default=SecretStr(""), description="Opens the operator's routes; empty: they are closed."
    )
    rate_address: int = Field(
        default=6_000, ge=0, description="Requests a minute of one address that proves to be nobody; 0: any."
    )
    rate_owner: int = Field(default=6_000, ge=0, description="… of one owner.")
    rate_partner: int = Field(default=120_000, ge=0, description="… of one partner, each use counting.")
    domain_proof: Literal["shown", "required"] = Field(
        default="shown", description="Required: only partners whose domain shows their key may ask owners."
    )
    public_url: str = Field(
        default="", description="The URL partners sign requests for; empty: one of the origin or of loopback."
    )
    proxies: str = Field(
        default="127.0.0.1 ::1",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed; empty: none.",
    )
    chain_rpc: str = Field(
        default="", repr=False, description="JSON-RPC URL of the chain; empty: nothing is anchored."
    )
    chain_name: str = Field(default="", description="How verdicts name the chain.")
    chain_contract: str = Field(
        default="", description="Address of AnchorLog, 0x…; empty on a development chain: deploy one."
    )
    chain_key: SecretStr = Field(default=SecretStr(""), description="Secret key that writes anchors, 0x….")
    chain_finality: str = Field(default="depth:2", description="tag:finalized, depth:<n>, bft or none.")
    chain_rpc_second: str = Field(
        default="",
        repr=False,
        description="Another node of that chain; what the two do not both say is not believed.",
    )
    chain_fees: Literal["eip1559", "legacy", "free"] = Field(
        default="eip1559", description="How the chain takes fees: eip1559, legacy (one gas price) or free."
    )
    chain_validators: str = Field(
        default="", description="Accounts, 0x…, that seal the chain's blocks (QBFT), for the trust file."
    )
    anchor_seconds: int = Field(
        default=600, ge=0, description="Anchor when the oldest unanchored entry is this old."
    )
    anchor_entries: int = Field(default=100_000, ge=1, description="… or when this many entries wait.")
    witness_keys: str = Field(default="", description="vkeys of witnesses, separated by spaces.")
    witness_urls: str = Field(default="", description="Where each of them is asked, in the same order.")
    witness_quorum: int = Field(default=0, ge=0, description="How many of them must cosign.")

    app_key: str = Field(
        default="", description="vkey of who releases the app; with one, no other app is served."
    )
    objects: str = Field(
        default="",
        description="Where blobs lie: s3://bucket/prefix; empty: the folder `objects` in the folder.",
    )
    objects_endpoint: str = Field(default="", description="URL of the S3 store; empty: that of the region.")
    objects_region: str = Field(default="us-east-1", description="The store's region.")
    objects_key_id: str = Field(default="", description="Access key id for the store.")
    objects_key: SecretStr = Field(default=SecretStr(""), description="Secret access key for the store.")
    blob_bytes_max: int = Field(
        default=64 << 30, ge=0, description="Bytes that the blobs of one account may take."
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=300,
        description="After SIGTERM, /readyz says 503 so long before the service ends.",
    )
    worker_metrics_port: int = Field(
        default=0, ge=0, le=65_535, description="Where the worker answers Prometheus; 0: nowhere."
    )
    worker_metrics_host: str = Field(default="127.0.0.1", description="… and on which address.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            DOMAIN.read(self.origin)
        except FormatError as error:
            raise ValueError("PLANETVAULT_ORIGIN is a domain such as vault.example") from error
        if self.origin.startswith(TEST_ORIGIN) != (self.mode == "test"):
            raise ValueError(f"PLANETVAULT_ORIGIN begins with {TEST_ORIGIN} in test mode, and only then")
        if len(self.witness_urls.split()) not in {0, len(self.witness_keys.split())}:
            raise ValueError("PLANETVAULT_WITNESS_URLS has one URL for each of PLANETVAULT_WITNESS_KEYS")
        self._check_validators()
        self._check_proxies()
        token = self.operator_token.get_secret_value()
        if token and len(token) < TOKEN_LENGTH_MIN:
            raise ValueError(f"PLANETVAULT_OPERATOR_TOKEN has at least {TOKEN_LENGTH_MIN} characters")
        return self

    def _check_validators(self) -> None:
        try:
            _ = self.validators
        except ValueError as error:
            raise ValueError("PLANETVAULT_CHAIN_VALIDATORS has accounts of 20 bytes, 0x… each") from error

    def _check_proxies(self) -> None:
        try:
            networks = [ip_network(word) for word in self.proxies.split()]
        except ValueError as error:
            raise ValueError("PLANETVAULT_PROXIES has addresses such as 10.0.0.7, or networks") from error
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("PLANETVAULT_PROXIES may not be everybody: then each caller chooses its address")

    @property
    def validators(self) -> tuple[bytes, ...]:
        """The accounts that seal the chain's blocks, 20 bytes each."""
        accounts = tuple(bytes.fromhex(word.removeprefix("0x")) for word in self.chain_validators.split())
        if len(accounts) > VALIDATORS_MAX or any(len(account) != ADDRESS_BYTES for account in accounts):
            raise ValueError("an account has 20 bytes")
        return accounts

    @property
    def database_url(self) -> str:
        """The database, with its default filled in."""
        return self.database or f"sqlite:///{self.folder / 'vault.sqlite3'}"


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        Malformed: with the names of the settings that are wrong, never their values.
    """
    try:
        return Settings(**cast("dict[str, Any]", _from_files()))
    except ValueError as error:
        details: list[Any] = error.errors() if isinstance(error, ValidationError) else []
        names = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in details)
        raise Malformed(f"these settings are not usable: {names}") from None


def _from_files() -> dict[str, str]:
    prefix, suffix = "PLANETVAULT_", "_FILE"
    return {
        name[len(prefix) : -len(suffix)].lower(): _content(name, path)
        for name, path in os.environ.items()
        if name.startswith(prefix) and name.endswith(suffix)
    }


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise Malformed(f"{name} names a file that can't be read as text") from None
