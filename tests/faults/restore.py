"""The operator's drill, with real processes: ``python -m tests.faults.restore``, a part of ``make drill``.

A vault under load is backed up twice. Then its database and its objects are lost. The older
backup comes back, and must not be written to, and says why; the newer one comes back, and goes
on with every receipt that was ever given, and with the bytes of every file.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import httpx2

from anchor.encoding import to_base64url
from anchor.records.trust import read_trust
from tests.faults.audit import verify_deployment
from tests.faults.deployment import ROOT, Child, Deployment, deployed
from tests.faults.rounds import arrive, settle_log
from tests.faults.traffic import Traffic
from tests.postgres import PostgresMissing
from vault.db import connect, reading

Say = Callable[[str], object]
FAILED, NOT_TO_BE_WRITTEN = 1, 3
TRAFFIC_SECONDS = 2
SEALED = os.urandom(100_000)


def drill(say: Say) -> None:
    """Play it, and say what came back.

    Raises:
        AssertionError, BooksDisagree: if something did not.
        PostgresMissing: no database server can run here.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="planetvault-drill-")))
        old = stack.enter_context(deployed(folder))
        http = stack.enter_context(httpx2.Client(base_url=old.urls[0], timeout=30, trust_env=False))
        traffic = arrive(old, http)
        older, newer, beside = folder / "older.backup", folder / "newer.backup", folder / "beside"
        file = _put_file(traffic, http)
        with traffic.flowing():
            time.sleep(TRAFFIC_SECONDS)
            _command(old, "backup", "create", str(older), "--objects", str(beside))
            time.sleep(TRAFFIC_SECONDS)
        traffic.ask_all_again()
        settle_log(old)
        _command(old, "backup", "create", str(newer), "--objects", str(beside))
        _command(old, "backup", "verify", str(newer), "--objects", str(beside))
        say(f"{len(traffic.acknowledged):,} receipts given, two backups made meanwhile; then all is lost")
        _stop(old)
        shutil.rmtree(old.folder / "objects")
        say(_refused(stack, old, older, traffic))
        say(_restored(stack, old, [str(newer), "--objects", str(beside)], traffic, file))


def _put_file(traffic: Traffic, http: httpx2.Client) -> str:
    """Keep a sealed file; where it is read."""
    path, kind = f"/v1/blobs/{to_base64url(os.urandom(16))}", {"Content-Type": "application/octet-stream"}
    headers = traffic.world.as_owner
    http.put(f"{path}/parts/0", content=SEALED, headers=headers | kind).raise_for_status()
    http.post(path, json={"parts": 1}, headers=headers).raise_for_status()
    return f"{path}/content"


def _refused(stack: ExitStack, old: Deployment, backup: Path, traffic: Traffic) -> str:
    """Bring the older backup back: it is shown, and not written to."""
    new = _elsewhere(stack, old)
    lacking = _command(new, "backup", "restore", str(backup), code=FAILED)
    assert "1 of 1 objects are not in the store" in lacking.stderr
    done = _command(new, "backup", "restore", str(backup), "--without-objects", code=NOT_TO_BE_WRITTEN)
    assert "which this database has not reached" in done.stderr
    service = new.parts["service 1"]
    service.start()
    try:
        ready = _answer(f"{new.urls[0]}/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "read-only")
        sent = httpx2.post(
            f"{new.urls[0]}/v1/uses",
            content=traffic.world.use(traffic.grant, [traffic.item]).raw,
            headers={"Content-Type": "application/jose"},
            trust_env=False,
        )
        assert sent.json()["code"] == "read-only"
    finally:
        service.kill()
    return f"the older one came back and refuses to write: {ready.json()['detail']}"


def _restored(stack: ExitStack, old: Deployment, backup: Sequence[str], traffic: Traffic, file: str) -> str:
    """Bring the newer backup back: it goes on, and has everything that was ever given."""
    new = _elsewhere(stack, old)
    begun = time.monotonic()
    _command(new, "backup", "restore", *backup)
    new.start_all()
    took = time.monotonic() - begun
    shown = httpx2.get(f"{new.urls[0]}{file}", headers=traffic.world.as_owner, trust_env=False)
    assert shown.content == SEALED
    before = len(traffic.acknowledged)
    _send_more(traffic)
    settle_log(new)
    trust = read_trust(httpx2.get(f"{new.urls[0]}/v1/trust", trust_env=False).content)
    with (
        closing(connect(new.settings["PLANETVAULT_DATABASE"])) as connection,
        reading(connection) as transaction,
    ):
        found = verify_deployment(transaction, traffic, trust, new.chain.url if new.chain else "")
    _stop(new)
    return (
        f"the newer one came back in {took:.1f} s and goes on: {before:,} receipts and "
        f"{found.receipts - before:,} new ones, {found.movements:,} movements and {found.entries:,} log "
        "entries agree"
    )


def _send_more(traffic: Traffic) -> None:
    with httpx2.Client(timeout=30, trust_env=False) as http:
        for _ in range(5):
            traffic.send(http, [traffic.world.use(traffic.grant, [traffic.item]).text for _ in range(10)])
    assert not traffic.unanswered


def _elsewhere(stack: ExitStack, old: Deployment) -> Deployment:
    """The same vault on an empty database."""
    url = stack.enter_context(old.database.database())
    settings = dict(old.settings) | {"PLANETVAULT_DATABASE": url}
    ours = {name: part for name, part in old.parts.items() if isinstance(part, Child) and name in _OURS}
    return replace(
        old,
        settings=settings,
        parts={name: replace(part, settings=settings, process=None) for name, part in ours.items()},
    )


_OURS = ("service 1", "service 2", "worker")


def _stop(deployment: Deployment) -> None:
    for name in _OURS:
        part = deployment.parts[name]
        part.stop()


def _answer(url: str) -> httpx2.Response:
    for _ in range(300):
        try:
            return httpx2.get(url, trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError("the service does not start")


def _command(deployment: Deployment, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one of the vault's commands, and expect its exit code."""
    environment = Child(
        ("vault", *arguments), deployment.settings, deployment.folder / "command.log"
    ).environment
    done = subprocess.run(
        [sys.executable, "-m", "vault", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def main() -> None:
    """Play it; a line for each thing that came back."""
    try:
        drill(lambda line: sys.stdout.write(f"drill: {line}\n"))
    except PostgresMissing as missing:
        sys.stdout.write(f"drill: the database was not lost: {missing}\n")


if __name__ == "__main__":
    main()
