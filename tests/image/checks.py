"""The images, run as compose.yaml runs them: what works in them, and what nobody can do there. ``make image-test``.

pytest does not collect this file by itself: it needs a container engine and built images, and skips without.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
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

    def at(self, url: str) -> "Meeting":
        """The same two, at another instance."""
        partner = Partner.open(url, self.partner.memory)
        return Meeting(Owner.open(url, self.owner.memory), partner, partner.grants()[0])


@pytest.fixture(scope="module")
def meeting(stack: Stack) -> Meeting:
    url = next(iter(stack.urls().values()))
    maya = Owner.create(url, RamMemory())
    shop = Partner.create(DOMAIN, "Music Example", url, RamMemory())
    headers = {
        "Authorization": f"Bearer {(stack.folder / 'secrets/operator_token').read_text()}",
        "Idempotency-Key": "1",
    }
    body = {"partner": DOMAIN, "amount": 100_000_000, "reference": "a bank transfer"}
    httpx2.post(f"{url}/v1/topups", json=body, headers=headers, trust_env=False).raise_for_status()
    maya.import_export(plays(f"{time.gmtime().tm_year - 1}-12"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    return Meeting(maya, shop, shop.grants()[0])


def anchored(meeting: Meeting, receipt: Signed[Receipt]) -> CheckedProof:
    """Its proof, once the chain holds it."""
    deadline = time.monotonic() + ANCHORED_SECONDS
    while True:
        try:
            return meeting.partner.proof(receipt, anchored=True)
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


def test_a_use_is_paid_and_a_stranger_verifies_it_offline(meeting: Meeting, tmp_path: Path) -> None:
    receipt = meeting.use()
    proof = anchored(meeting, receipt)
    assert [one.name for one in proof.verified.cosignatures] == ["witness.example/w1"]
    (tmp_path / "receipt.proof").write_bytes(proof.raw)
    (tmp_path / "vault.trust").write_bytes(meeting.partner.trust_file)
    command = [sys.executable, "-m", "anchor", "verify", "receipt.proof", "--trust", "vault.trust"]
    stranger = subprocess.run(
        ["unshare", "--net", *command] if _can_cut_off() else command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PROVED" in stranger.stdout
    assert meeting.owner.receipts()[0].receipt.raw == receipt.raw


@pytest.mark.parametrize("service", OURS)
def test_no_process_has_a_right_that_it_does_not_need(stack: Stack, service: str) -> None:
    status = dict(re.findall(r"^(\w+):\s+(.+)$", stack.inside(service, "cat", "/proc/1/status"), re.MULTILINE))
    assert status["Uid"].split() == status["Gid"].split() == ["10001"] * 4
    assert {name: int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == dict.fromkeys(
        ("CapPrm", "CapEff", "CapBnd"), 0
    )
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("service", OURS)
def test_nothing_can_be_written_but_volumes_and_the_temporary_folder(stack: Stack, service: str) -> None:
    prune = [word for path in ("/proc", "/sys", "/dev") for word in ("-path", path, "-prune", "-o")]
    words = ["find", "/", *prune, "-writable", "!", "-type", "l", "-print"]
    found = stack.inside(service, "sh", "-c", 'exec "$@" 2>/dev/null || true', "sh", *words)
    allowed = tuple(["/tmp", *VOLUMES[service]])  # noqa: S108 - inside the container
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


def test_a_backup_is_made_and_read_by_what_is_in_the_image(stack: Stack, meeting: Meeting) -> None:
    meeting.use()
    for command in ("create", "verify"):
        said = stack.compose("run", "--rm", "backup", command, "monday.backup")
        assert re.search(r"schema \d+, [1-9]\d* log entries", said)


def test_one_instance_is_killed_and_the_other_goes_on(stack: Stack, meeting: Meeting) -> None:
    (killed, _), (_, url) = stack.urls().items()
    run([stack.engine, "kill", killed])
    seen = meeting.at(url).use().record.seq
    assert [one["State"]["Running"] for one in stack.containers("api")].count(True) == 1
    stack.up()
    for again in stack.urls().values():
        seen += 1
        assert meeting.at(again).use().record.seq == seen


def test_all_end_in_good_order_and_come_back_with_their_data(stack: Stack, meeting: Meeting) -> None:
    known = [one.receipt.raw for one in meeting.owner.receipts()]
    began = time.monotonic()
    stack.compose("stop", "api", "worker")
    assert time.monotonic() - began < STOP_SECONDS
    assert {one["State"]["ExitCode"] for name in ("api", "worker") for one in stack.containers(name)} == {0}
    stack.compose("down")
    stack.up()
    later = meeting.at(next(iter(stack.urls().values())))
    assert [one.receipt.raw for one in later.owner.receipts()] == known
    assert later.use().record.seq == len(known) + 1


def _can_cut_off() -> bool:
    """Whether a program can be started where there is no network at all."""
    return subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0
