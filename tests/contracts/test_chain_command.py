"""``planetvault chain``: what an operator types between a key and a contract that takes anchors."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from planetvault.chain_command import main
from planetvault.demo.anvil import Anvil, AnvilMissingError, run_anvil
from planetvault.genesis import SECONDS_MAX, VALIDATORS_MAX, GenesisRefused, clique_genesis

from anchor.chain.evm import EvmChain
from anchor.chain.evm_transaction import account_of, address_of
from anchor.chain.finality import Finality
from anchor.chain.port import log_id_of

LOG = "vault.example/log"
ADMIN, WRITER = (sha256(name).digest() for name in (b"admin", b"writer"))
MEMBERS = [sha256(b"member %d" % number).digest()[:20] for number in range(4)]


def account(key: bytes) -> str:
    return f"0x{address_of(account_of(key)).hex()}"


@pytest.fixture
def node() -> Iterator[Anvil]:
    try:
        with run_anvil() as node:
            for key in (ADMIN, WRITER):
                node.fund(address_of(account_of(key)))
            yield node
    except AnvilMissingError as missing:
        pytest.skip(str(missing))


def written(folder: Path, key: bytes) -> str:
    path = folder / f"{key.hex()[:8]}.key"
    path.write_text(f"0x{key.hex()}\n")
    return str(path)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What a command said, by its first words."""
    lines = capsys.readouterr().out.replace("=", " ").splitlines()
    return {words[0]: words[1] for words in (line.split(maxsplit=1) for line in lines)}


def anchors(node: Anvil, contract: str, key: bytes, size: int) -> None:
    """Anchor a size, as the worker does."""
    chain = EvmChain(node.node, bytes.fromhex(contract[2:]), Finality.parse("depth:1"), key=key)
    log, root = log_id_of(LOG), sha256(b"%d" % size).digest()
    signed = chain.prepare(log, size, root, nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    node.rpc("evm_mine")
    assert chain.root_at(log, size) == root


def test_a_key_is_made_once_and_nobody_else_may_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "chain.key"
    assert main(["key", str(file)]) == 0
    first, content = told(capsys), file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert first["account"] == account(bytes.fromhex(content.strip()[2:]))
    assert len(bytes.fromhex(first["node"])) == 64
    assert content.strip()[2:] not in str(first)
    assert main(["key", str(file)]) == 0
    assert (told(capsys), file.read_text()) == (first, content)


def test_a_contract_is_deployed_and_the_writer_anchors_in_it(
    node: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--rpc", node.url, "--log", LOG, "--key", written(tmp_path, ADMIN)]
    assert main(["deploy", *where, "--writer", account(WRITER)]) == 0
    said = told(capsys)
    assert said["writer"] == f"{account(WRITER)} of {LOG}"
    anchors(node, said["PLANETVAULT_CHAIN_CONTRACT"], WRITER, 100)


def test_without_a_writer_the_admin_is_one_and_another_can_be_appointed_later(
    node: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--rpc", node.url, "--log", LOG, "--key", written(tmp_path, ADMIN)]
    assert main(["deploy", *where]) == 0
    contract = told(capsys)["PLANETVAULT_CHAIN_CONTRACT"]
    anchors(node, contract, ADMIN, 100)
    assert main(["appoint", contract, *where, "--writer", account(WRITER)]) == 0
    anchors(node, contract, WRITER, 200)


def test_who_is_not_the_admin_appoints_nobody(
    node: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--rpc", node.url, "--log", LOG]
    assert main(["deploy", *where, "--key", written(tmp_path, ADMIN)]) == 0
    contract = told(capsys)["PLANETVAULT_CHAIN_CONTRACT"]
    assert main(["appoint", contract, *where, "--key", written(tmp_path, WRITER)]) == 1
    assert "is this the right key?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["genesis", "--id", "7", "--validator", "0x12"], "0x12 is no account"),
        (["genesis", "--id", "0", "--validator", f"0x{MEMBERS[0].hex()}"], "a chain's id is 1 to"),
        (["appoint", "0x12", "--rpc", "http://127.0.0.1:1", "--log", LOG, "--key", "KEY"], "is no account"),
        (["deploy", "--rpc", "http://127.0.0.1:1", "--log", LOG, "--key", "KEY"], "KEY holds no key"),
        (["deploy", "--rpc", "http://127.0.0.1:1", "--log", LOG, "--key", "NONE"], "No such file"),
    ],
)
def test_what_was_mistyped_is_said_in_a_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("KEY").write_text("0x" + "0" * 1_000)
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err


def test_members_write_the_same_first_block_in_whatever_order_they_are_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said: list[str] = []
    for order in (MEMBERS, MEMBERS[::-1]):
        named = [word for member in order for word in ("--validator", f"0x{member.hex()}")]
        assert main(["genesis", "--id", "20261", *named, "--fund", account(ADMIN)]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    block = json.loads(said[0])
    assert bytes.fromhex(block["extradata"][2:])[32:-65] == b"".join(sorted(MEMBERS))
    assert list(block["alloc"]) == [account(ADMIN)]
    assert block["config"]["clique"]["period"] == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"validators": []},
        {"validators": MEMBERS[:1] * 2},
        {"validators": [number.to_bytes(20) for number in range(VALIDATORS_MAX + 1)]},
        {"validators": [b"short"]},
        {"funded": [b"short"]},
        {"chain_id": 0},
        {"chain_id": 2**31},
        {"seconds": 0},
        {"seconds": SECONDS_MAX + 1},
    ],
)
def test_a_chain_that_could_not_begin_is_refused(changes: dict[str, Any]) -> None:
    told: dict[str, Any] = {"chain_id": 7, "validators": MEMBERS, "funded": [], "seconds": 5} | changes
    with pytest.raises(GenesisRefused):
        clique_genesis(told["chain_id"], told["validators"], told["funded"], seconds=told["seconds"])
