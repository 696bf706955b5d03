"""A chain of three houses beside a vault that is up, begun as the guide says it."""

import secrets

import yaml

from tests.image.stack import ROOT, Stack, run

HOUSES = ("validator", "validator-b", "validator-c")
"""Their validators: compose.yaml has the first, the others are the same service under other names."""
CHAIN_ID = secrets.choice(range(20_000, 30_000))


def begin_chain(stack: Stack) -> None:
    """The chain, its contract, and the vault told to anchor there."""
    members = [_said(stack, "key", f"secrets/{house}_key") for house in HOUSES]
    writer = _said(stack, "key", "secrets/chain_key")
    for path in (stack.folder / "secrets").iterdir():
        path.chmod(0o444)  # containers read them under other users, in a folder that nobody else enters
    named = [word for member in members for word in ("--validator", member["account"])]
    genesis = ("genesis", "--id", str(CHAIN_ID), "--seconds", "1", *named, "--fund", writer["account"])
    (stack.folder / "genesis.json").write_text(_chain(stack, *genesis))
    peers = (f"enode://{one['node']}@{house}:30303" for house, one in zip(HOUSES, members, strict=True))
    stack.settings |= {"PLANETVAULT_CONSORTIUM_PEERS": ",".join(peers)}
    _add_houses(stack)
    stack.up(*HOUSES, "node")
    stack.settings |= {
        "PLANETVAULT_CHAIN_CONTRACT": _deploy(stack),
        "PLANETVAULT_CHAIN_RPC": "http://node:8545",
        "PLANETVAULT_CHAIN_NAME": "the houses' chain",
        "PLANETVAULT_CHAIN_FINALITY": "depth:3",
    }
    stack.up()


def _add_houses(stack: Stack) -> None:
    """The other houses' validators: the same service, each with its own key and no port of the host."""
    ours = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["validator"]
    others = {
        house: ours
        | {
            "ports": [],
            "secrets": [{"source": f"{house}_key", "target": "validator_key"}],
            "volumes": [f"{house}:/var/lib/consortium"],
        }
        for house in HOUSES[1:]
    }
    added = {
        "services": others,
        "secrets": {f"{house}_key": {"file": f"./secrets/{house}_key"} for house in HOUSES[1:]},
        "volumes": {house: {} for house in HOUSES[1:]},
    }
    (stack.folder / "houses.yaml").write_text(yaml.safe_dump(added))
    stack.files.append("houses.yaml")
    stack.profiles.append("consortium")


def _deploy(stack: Stack) -> str:
    command = ("deploy", "--rpc", "http://node:8545", "--key", "/run/secrets/chain_key")
    words = ("run", "--rm", "--no-deps", "--entrypoint", "planetvault", "worker", "chain", *command)
    said = stack.compose(*words, "--log", "vault.localhost/log")
    return said.split("PLANETVAULT_CHAIN_CONTRACT=")[1].split()[0]


def _said(stack: Stack, *words: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in _chain(stack, *words).splitlines())


def _chain(stack: Stack, *words: str) -> str:
    """What `planetvault chain` says, as the operator runs it in her folder."""
    return run([str(ROOT / ".venv/bin/planetvault"), "chain", *words], cwd=stack.folder)
