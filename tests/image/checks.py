"""The images, run as compose.yaml runs them: what works in them, and what nobody can do there.

``make image-test`` calls this file; pytest does not collect it by itself. It skips where no container
engine is, or no image.
"""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from planetvault.errors import NotYet
from planetvault.memory import RamMemory
from planetvault.owner import Owner
from planetvault.partner import Partner
from planetvault.partner.consents import HeldGrant
from planetvault.proofs import CheckedProof

from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from tests.image.houses import HOUSES, begin_chain
from tests.image.stack import Stack, StackMissing, run, stack_up
from tests.sdk.client.scene import ASKED, DOMAIN, plays

ANCHORED_SECONDS = 120
STOP_SECONDS = 20
"""Less than the grace that compose.yaml gives: nobody had to be killed."""
OURS = ("api", "worker", "witness", "chain")
VOLUMES = {
    "api": ["/var/lib/planetvault/objects"],
    "worker": ["/var/lib/planetvault"],
    "witness": ["/var/lib/witness"],
    "chain": [],
    "validator": ["/var/lib/consortium"],
    "node": ["/var/lib/consortium"],
}
TOOLS = "cc gcc g++ make ld git pip pip3 node npm curl wget psql perl5.40-x86_64-linux-gnu"
LEFT_BEHIND = "-name *.key -o -name .npmrc -o -name pip.conf -o -name *.sqlite3* -o -name builder.crt"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    try:
        with stack_up(tmp_path_factory.mktemp("operator")) as one:
            yield one
    except StackMissing as missing:
        pytest.skip(str(missing))


@dataclass
class Meeting:
    """An owner, and a partner who was granted her music."""

    owner: Owner
    partner: Partner
    grant: HeldGrant

    def use(self) -> Signed[Receipt]:
        opened = self.partner.use(self.grant, self.partner.items(self.grant))
        assert opened.columns["name"]
        return opened.receipt


Memories = tuple[RamMemory, RamMemory]
"""What the owner's device and the partner's program remember between two meetings."""


@contextmanager
def meeting(url: str, memories: Memories) -> Iterator[Meeting]:
    """The two at one instance, as their memories left them."""
    with Owner.open(url, memories[0]) as maya, Partner.open(url, memories[1]) as shop:
        yield Meeting(maya, shop, shop.grants()[0])


@pytest.fixture(scope="module")
def memories(stack: Stack) -> Memories:
    url, memories = stack.any_url(), (RamMemory(), RamMemory())
    with (
        Owner.create(url, memories[0]) as maya,
        Partner.create(DOMAIN, "Music Example", url, memories[1]) as shop,
    ):
        top_up(url, (stack.folder / "secrets/operator_token").read_text())
        maya.import_export(plays(f"{time.gmtime().tm_year - 1}-12"))
        shop.ask(maya.connect(DOMAIN), **ASKED)
        maya.grant(maya.asks()[0])
    return memories


def top_up(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    body = {"partner": DOMAIN, "amount": 100_000_000, "reference": "a bank transfer"}
    httpx2.post(f"{url}/v1/topups", json=body, headers=headers, trust_env=False).raise_for_status()


def anchored(here: Meeting, receipt: Signed[Receipt]) -> CheckedProof:
    """Its proof, once the chain holds it."""
    deadline = time.monotonic() + ANCHORED_SECONDS
    while True:
        try:
            return here.partner.proof(receipt, anchored=True)
        except NotYet:
            assert time.monotonic() < deadline
            time.sleep(0.5)


def test_both_instances_are_ready_and_serve_the_app(stack: Stack) -> None:
    urls = stack.urls().values()
    assert len(urls) == 2
    for url in urls:
        assert httpx2.get(f"{url}/readyz", trust_env=False).json() == {"ready": True}
        page = httpx2.get(f"{url}/", trust_env=False).raise_for_status()
        (script,) = re.findall(r'<script [^>]*src="([^"]+)"', page.text)
        assert httpx2.get(httpx2.URL(f"{url}/").join(script), trust_env=False).raise_for_status().content


def test_a_use_is_paid_and_a_stranger_verifies_it_offline(
    stack: Stack, memories: Memories, tmp_path: Path
) -> None:
    with meeting(stack.any_url(), memories) as here:
        receipt = here.use()
        proof = anchored(here, receipt)
        assert here.owner.receipts()[0].receipt.raw == receipt.raw
        (tmp_path / "vault.trust").write_bytes(here.partner.trust_file)
    assert [one.witness.name for one in proof.verified.cosignatures] == ["witness.example/w1"]
    (tmp_path / "receipt.proof").write_bytes(proof.raw)
    command = [sys.executable, "-m", "anchor", "verify", "receipt.proof", "--trust", "vault.trust"]
    assert "PROVED" in run(command, cwd=tmp_path)


@pytest.mark.parametrize("service", OURS)
def test_no_process_has_a_right_that_it_does_not_need(stack: Stack, service: str) -> None:
    status = dict(
        re.findall(r"^(\w+):\s+(.+)$", stack.inside(service, "cat", "/proc/1/status"), re.MULTILINE)
    )
    assert status["Uid"].split() == status["Gid"].split() == ["10001"] * 4
    assert {name: int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == dict.fromkeys(
        ("CapPrm", "CapEff", "CapBnd"), 0
    )
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", OURS)
def test_nothing_can_be_written_but_volumes_and_the_temporary_folder(stack: Stack, service: str) -> None:
    prune = [word for path in ("/proc", "/sys", "/dev") for word in ("-path", path, "-prune", "-o")]
    words = ["find", "/", *prune, "-writable", "!", "-type", "l", "-print"]
    found = stack.inside(service, "sh", "-c", '"$@" 2>/dev/null || true', "sh", *words)
    allowed = ("/tmp", *VOLUMES[service])  # noqa: S108 - inside the container
    assert [path for path in found.splitlines() if not path.startswith(allowed)] == []


@pytest.mark.parametrize("service", ["api", "chain"])
def test_an_image_brings_no_tools_and_keeps_no_secret(stack: Stack, service: str) -> None:
    look = f"for tool in {TOOLS}; do command -v $tool; done; exit 0"
    assert stack.inside(service, "bash", "-c", look) == ""
    (image,) = {one["Image"] for one in stack.containers(service)}
    find = f"set -f; find / -xdev ! -readable -prune -o '(' {LEFT_BEHIND} ')' -print"
    words = ["run", "--rm", "--network", "none", "--entrypoint", "bash", image, "-c", find]
    assert run([stack.engine, *words]) == ""


def test_secrets_are_files_and_not_in_an_environment(stack: Stack) -> None:
    values = [path.read_text() for path in (stack.folder / "secrets").iterdir()]
    for service in (*OURS, "postgres"):
        known = str(stack.containers(service))
        assert not [value for value in values if value and value in known]


def test_the_settings_are_good_inside(stack: Stack) -> None:
    assert stack.inside("worker", "python", "-m", "vault", "check-config", "--quiet") == ""


def test_a_backup_is_made_and_read_by_what_is_in_the_image(stack: Stack, memories: Memories) -> None:
    with meeting(stack.any_url(), memories) as here:
        anchored(here, here.use())
    for command in ("create", "verify"):
        said = stack.compose("run", "--rm", "backup", command, "monday.backup", "--objects", "objects")
        assert re.search(r"schema \d+, [1-9]\d* log entries", said)


def test_one_instance_is_killed_and_the_other_goes_on(stack: Stack, memories: Memories) -> None:
    (killed, _), (_, url) = stack.urls().items()
    run([stack.engine, "kill", killed])
    with meeting(url, memories) as here:
        seen = here.use().record.seq
    assert len(stack.urls()) == 1
    stack.up()
    assert len(stack.urls()) == 2
    for number, again in enumerate(stack.urls().values(), seen + 1):
        with meeting(again, memories) as here:
            assert here.use().record.seq == number


def test_all_end_in_good_order_and_come_back_with_their_data(stack: Stack, memories: Memories) -> None:
    with meeting(stack.any_url(), memories) as here:
        known = [one.receipt.raw for one in here.owner.receipts()]
    began = time.monotonic()
    stack.compose("stop", "api", "worker")
    assert time.monotonic() - began < STOP_SECONDS
    assert {one["State"]["ExitCode"] for name in ("api", "worker") for one in stack.containers(name)} == {0}
    stack.compose("down")
    stack.up()
    with meeting(stack.any_url(), memories) as here:
        assert [one.receipt.raw for one in here.owner.receipts()] == known
        assert here.use().record.seq == len(known) + 1


def newer_trust(url: str, known: bytes) -> bytes:
    """What the vault shows once its worker met the chain, which people here take without asking elsewhere."""
    deadline = time.monotonic() + ANCHORED_SECONDS
    while (shown := httpx2.get(f"{url}/v1/trust", trust_env=False).content) == known:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return shown


def test_it_goes_on_anchoring_on_a_chain_of_three_houses_of_which_one_may_die(
    stack: Stack, memories: Memories, tmp_path: Path
) -> None:
    begin_chain(stack)
    run([stack.engine, "kill", stack.containers(HOUSES[2])[0]["Id"]])
    with meeting(url := stack.any_url(), memories) as here:
        receipt = here.use()
        trust = newer_trust(url, here.partner.trust_file)
        here.partner.change_trust(trust)
        proof = anchored(here, receipt)
    (tmp_path / "vault.trust").write_bytes(trust)
    (tmp_path / "receipt.proof").write_bytes(proof.raw)
    command = [sys.executable, "-m", "anchor", "verify", "receipt.proof", "--trust", "vault.trust"]
    assert "the houses' chain" in run(command, cwd=tmp_path)
    for service in ("validator", "node"):
        test_no_process_has_a_right_that_it_does_not_need(stack, service)
        test_nothing_can_be_written_but_volumes_and_the_temporary_folder(stack, service)
