"""The house keeps its rules, and the rules catch those who don't."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture import RULES, Tree

ROOT = Path(__file__).parent.parent
HOUSE = Tree(ROOT)

Rule = Callable[[Tree], Iterator[str]]


def named(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert HOUSE.imports, "no source was found, so nothing was checked"
    broken = list(rule(HOUSE))
    assert not broken, "\n".join(broken)


# One line of code that breaks each rule, and one beside it that doesn't.
BROKEN = [
    ("floors_lean_on_floors_below", "anchor/log.py", "import vault.db"),
    ("floors_lean_on_floors_below", "anchor/log.py", "from planetvault import seal"),
    ("floors_lean_on_floors_below", "anchor/log.py", "import tests.world"),
    ("floors_lean_on_floors_below", "vault/app.py", "from planetvault.seal import open_item"),
    ("floors_lean_on_floors_below", "sdk/python/planetvault/owner.py", "def f():\n    import vault.app"),
    ("floors_lean_on_floors_below", "sdk/python/planetvault/owner.py", "__import__('vault')"),
    (
        "floors_lean_on_floors_below",
        "sdk/python/planetvault/owner.py",
        "importlib.import_module('vault.app')",
    ),
    ("floors_lean_on_floors_below", "sdk/python/planetvault/owner.py", "runpy.run_module('vault')"),
    ("floors_keep_to_their_libraries", "anchor/verify.py", "import cryptography.x509"),
    ("floors_keep_to_their_libraries", "anchor/log.py", "import httpx2"),
    ("floors_keep_to_their_libraries", "anchor/chain/port.py", "from eth_account import Account"),
    ("floors_keep_to_their_libraries", "anchor/chain/evm.py", "import web3"),
    ("floors_keep_to_their_libraries", "sdk/python/planetvault/http.py", "import fastapi"),
    ("the_vault_cannot_open_what_it_stores", "vault/items/store.py", "from nacl import public"),
    ("the_vault_cannot_open_what_it_stores", "vault/items/store.py", "import nacl.secret"),
    (
        "the_vault_cannot_open_what_it_stores",
        "vault/items/store.py",
        "from nacl.bindings import crypto_box_seal",
    ),
    ("the_vault_cannot_open_what_it_stores", "vault/items/store.py", "import nacl.bindings"),
    (
        "the_vault_cannot_open_what_it_stores",
        "vault/items/store.py",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
    ),
    (
        "the_vault_cannot_open_what_it_stores",
        "vault/items/store.py",
        "from cryptography.hazmat.primitives import hpke",
    ),
    ("the_vault_cannot_open_what_it_stores", "vault/items/store.py", "from cryptography import cobblestone"),
    ("the_vault_cannot_open_what_it_stores", "vault/items/store.py", "import planetvault"),
    ("the_vault_cannot_open_what_it_stores", "anchor/keys.py", "from nacl.public import SealedBox"),
    ("rules_are_pure", "vault/uses/rules.py", "from sqlalchemy import select"),
    ("rules_are_pure", "vault/uses/rules.py", "import fastapi"),
    ("rules_are_pure", "vault/uses/rules.py", "import os"),
    ("rules_are_pure", "vault/uses/rules.py", "from socket import socket"),
    ("rules_are_pure", "vault/uses/rules.py", "from time import time"),
    ("rules_are_pure", "vault/uses/rules.py", "from vault.uses.tables import UseRow"),
    ("rules_are_pure", "vault/uses/rules.py", "from . import store"),
    ("rules_are_pure", "vault/uses/rules.py", "from vault.db import Transaction"),
    ("rules_are_pure", "vault/uses/rules.py", "from vault.grants.store import Standing"),
    ("rules_are_pure", "vault/uses/rules.py", "at = datetime.now(UTC)"),
    ("rules_are_pure", "vault/uses/rules.py", "text = open('terms.txt').read()"),
    (
        "slices_keep_api_and_tables_to_themselves",
        "vault/uses/flow.py",
        "from vault.grants.tables import GrantRow",
    ),
    ("slices_keep_api_and_tables_to_themselves", "vault/uses/flow.py", "from ..grants import api"),
    ("slices_keep_api_and_tables_to_themselves", "vault/app.py", "import vault.grants.tables"),
    ("slices_keep_api_and_tables_to_themselves", "vault/worker/__init__.py", "import vault.grants.api"),
    ("slices_meet_above_their_stores", "vault/uses/store.py", "from vault.grants.store import Grants"),
    ("slices_meet_above_their_stores", "vault/uses/tables.py", "from vault.grants.rules import standing"),
    ("slices_meet_above_their_stores", "vault/uses/flow.py", "from vault.grants.flow import revoke"),
    ("a_use_waits_for_nobody", "vault/uses/flow.py", "from vault.payments.provider import PayOut"),
    ("a_use_waits_for_nobody", "vault/uses/flow.py", "from anchor.chain import evm"),
    ("a_use_waits_for_nobody", "vault/uses/api.py", "import httpx2"),
    ("every_module_has_a_noun", "vault/uses/helpers.py", ""),
    ("every_module_has_a_noun", "sdk/python/planetvault/_utils.py", ""),
    ("every_module_has_a_noun", "anchor/common/__init__.py", ""),
]

KEPT = [
    (
        "anchor/keys.py",
        "from nacl.signing import SigningKey\nfrom nacl.bindings import crypto_core_ed25519_add",
    ),
    ("anchor/chain/evm.py", "import httpx2\nfrom eth_account import Account\nimport anchor.chain.port"),
    ("vault/app.py", "import fastapi\nfrom vault.grants import api\nimport vault.uses.api"),
    ("vault/migrations/env.py", "from vault.grants import tables"),
    ("vault/payments/provider.py", "import httpx2"),
    ("vault/grants/store.py", "from vault.grants.tables import GrantRow\nfrom datetime import UTC"),
    ("vault/uses/flow.py", "from vault.grants.store import Grants\nfrom vault.payments import ledger"),
    (
        "vault/uses/rules.py",
        "from datetime import datetime\nfrom anchor.records import use\nimport vault.errors",
    ),
    ("sdk/python/planetvault/seal.py", "from cryptography.hazmat.primitives import hpke\nimport anchor.keys"),
]


def plant(root: Path, *files: tuple[str, str]) -> Tree:
    for name, source in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return Tree(root)


@pytest.mark.parametrize(("rule", "file", "source"), BROKEN)
def test_a_broken_rule_is_caught_and_named(tmp_path: Path, rule: str, file: str, source: str) -> None:
    tree = plant(tmp_path, *KEPT, (file, source))
    broken = {named(each): list(each(tree)) for each in RULES}
    assert broken[rule], f"{rule} did not see: {source}"
    assert all(sentence.startswith(file) for sentences in broken.values() for sentence in sentences)


def test_good_neighbours_break_nothing(tmp_path: Path) -> None:
    tree = plant(tmp_path, *KEPT)
    assert [sentence for rule in RULES for sentence in rule(tree)] == []


def test_every_rule_has_been_seen_to_catch() -> None:
    assert {rule for rule, _, _ in BROKEN} == {named(rule) for rule in RULES}


@pytest.mark.skipif(not find_spec("anchor.verify"), reason="anchor/verify.py is not written yet")
def test_the_verifier_loads_the_standard_library_and_libsodium() -> None:
    program = (
        "import sys; before = set(sys.modules); import anchor.verify;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    python = [sys.executable, "-c", program]
    answer = subprocess.run(python, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split()) - sys.stdlib_module_names
    assert {"anchor", "nacl"} <= loaded <= {"anchor", "nacl", "_sodium", "cffi", "_cffi_backend"}
