"""``make foreign``: programs by others read what we write, each in an environment of its own.

Each is given something good, to be accepted, and a tampered twin, to be refused. One that
can't be had here is named with the reason. Exits 1 if one that ran judged wrongly.
"""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from planetvault.witness.server import WitnessServer
from planetvault.witness.store import SqliteWitnessStore, make_witness

from anchor.errors import AnchorError
from anchor.note import VerifierKey
from anchor.witness import Request, Witness, read_answer
from tests.foreign.bitcoin_node import bitcoin_node
from tests.foreign.exported import write_exported
from tests.foreign.material import LOG_KEY, Material, make_log, path_of, request, write_material

HERE = Path(__file__).parent
BUILD = Path("build/foreign")
INSTALL_SECONDS, RUN_SECONDS = 300, 60
TORCHWOOD = "v0.9.0"
SIGSTORE, OTS, TRANSMUTE, CHAINPOINT = "4.5.1", "0.7.2", "0.2.11", "5.0.1"
NOT_YET = {
    "litewitness": "torchwood's witness takes its key from an ssh-agent; not set up here",
}


class NotHereError(Exception):
    """A program that can't be had on this machine; the reason."""


@dataclass(frozen=True)
class Judged:
    """What a program said of the good one and of its twin; None for one that was not tried."""

    program: str
    what: str
    good: bool | None = None
    twin: bool | None = None
    reason: str = ""

    @property
    def right(self) -> bool:
        """Accepted and refused as it should be, or not tried."""
        return (self.good, self.twin) in {(True, False), (None, None)}

    def __str__(self) -> str:
        if self.good is None:
            return f"{self.program:24} {'not tried':34} {self.reason}"
        said = "accepted" if self.good else "REFUSED"
        twin = "ACCEPTED" if self.twin else "refused"
        return f"{self.program:24} {self.what:34} good {said}, twin {twin}"


def run(*command: str, seconds: int = RUN_SECONDS, cwd: Path | None = None) -> bool:
    """Whether a command ends well."""
    try:
        ended = subprocess.run(command, capture_output=True, check=False, timeout=seconds, cwd=cwd)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotHereError(f"{command[0]}: {type(error).__name__}") from error
    return ended.returncode == 0


def newer_python() -> str:
    """A Python 3.12 or newer: the foreign packages ask for one."""
    versions = Path.home() / ".pyenv" / "versions"
    candidates = ["python3.13", "python3.12", *map(str, sorted(versions.glob("3.1[2-9]*/bin/python")))]
    for candidate in candidates:
        asked = (candidate, "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))")
        if shutil.which(candidate) and run(*asked):
            return candidate
    raise NotHereError("no Python 3.12 or newer")


def environment(package: str) -> Path:
    """A folder of programs with this package in it, made once."""
    place = BUILD.absolute() / package
    if not (place / ".ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        made = run(newer_python(), "-m", "venv", str(place), seconds=INSTALL_SECONDS)
        pip = (str(place / "bin/python"), "-m", "pip", "install", "--quiet", package)
        if not made or not run(*pip, seconds=INSTALL_SECONDS):
            raise NotHereError(f"{package} could not be installed")
        (place / ".ready").touch()
    return place / "bin"


def by_aics_tlog(material: Material) -> Iterator[Judged]:
    """Checkpoints with a quorum, inclusion, and a whole export of tiles."""
    python = str(environment("aics-tlog") / "python")
    titles = {
        "checkpoint": "checkpoint, quorum 2 of 3",
        "inclusion": "inclusion in 1,000 entries",
        "tiles": "all tiles of 1,000 entries",
    }
    for what, title in titles.items():
        script = (python, str(HERE / "aics_tlog_check.py"), str(material.folder), what)
        yield Judged("aics-tlog", title, run(*script, "good"), run(*script, "bad"))


def by_aics_witness(material: Material) -> Iterator[Judged]:
    """Its client asks our witness, and its witness is asked by us."""
    programs = environment("aics-witness")
    yield _its_client(programs, material)
    yield _its_server(programs, material)


def _its_client(programs: Path, material: Material) -> Judged:
    folder = material.folder / "our-witness"
    key = make_witness(folder, "witness.example/ours")
    store = SqliteWitnessStore(folder, key)
    with WitnessServer(("127.0.0.1", 0), Witness(key, [LOG_KEY.verifier], store)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        submit = (str(programs / "python"), str(HERE / "aics_witness_submit.py"), url, key.verifier.vkey)
        notes = {}
        for name, mark, size in (("first", 4, 1000), ("second", 4, 3000), ("fork", 5, 3000)):
            path = material.folder / f"{name}.note"
            path.write_bytes(make_log(mark)[0].checkpoint(size, LOG_KEY))
            notes[name] = str(path)
        good = run(*submit, notes["first"], "0")
        twin = run(*submit, notes["fork"], "1000", *path_of(1000, 3000))
        good = good and run(*submit, notes["second"], "1000", *path_of(1000, 3000))
        server.shutdown()
        thread.join()
    store.close()
    return Judged("aics-witness (client)", "our witness cosigns, not a fork", good, twin)


def _its_server(programs: Path, material: Material) -> Judged:
    folder = material.folder / "its-witness"
    folder.mkdir()
    config, program = str(folder / "witness.json"), str(programs / "aics-witness")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    made = (program, "init", "--config", config, "--name", "foreign.example/w", "--listen", listen)
    told = subprocess.run(made, capture_output=True, check=True, text=True, timeout=RUN_SECONDS).stdout
    vkey = next(word for word in told.split() if word.startswith("foreign.example/w+"))
    add = ("add-log", "--config", config, "--origin", LOG_KEY.name, "--vkey", LOG_KEY.verifier.vkey)
    run(program, *add)
    server = subprocess.Popen(
        [program, "serve", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _until_open(listen)
        ask = _asking(f"http://{listen}", VerifierKey.parse(vkey))
        good = ask(request(0, 1000))
        twin = ask(request(1000, 3000, mark=5))
        good = good and ask(request(1000, 3000))
    finally:
        server.terminate()
        server.wait(RUN_SECONDS)
    return Judged("aics-witness (server)", "our log is cosigned, its fork not", good, twin)


def _asking(url: str, vkey: VerifierKey) -> Callable[[bytes], bool]:
    def ask(body: bytes) -> bool:
        answer = httpx2.post(f"{url}/add-checkpoint", content=body)
        try:
            read_answer(answer.content, Request.parse(body).checkpoint, LOG_KEY.verifier, vkey)
        except AnchorError:
            return False
        return answer.status_code == httpx2.codes.OK

    return ask


def _until_open(listen: str) -> None:
    host, _, port = listen.partition(":")
    for _ in range(100):
        with socket.socket() as attempt:
            if attempt.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.1)
    raise NotHereError("its witness did not start")


def by_torchwood(material: Material) -> Iterator[Judged]:
    """The reference in Go reads the whole proof file, with a policy of two witnesses."""
    go, place = shutil.which("go"), BUILD.absolute() / "torchwood"
    if go is None:
        raise NotHereError("no Go")
    program = place / "verify"
    if not program.exists():
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "torchwood.go.txt", place / "main.go")
        steps = (
            ("mod", "init", "verify"),
            ("get", f"filippo.io/torchwood@{TORCHWOOD}"),
            ("build", "-o", "verify", "."),
        )
        (place / "go.mod").unlink(missing_ok=True)
        if not all(run(go, *step, seconds=INSTALL_SECONDS, cwd=place) for step in steps):
            raise NotHereError("torchwood could not be built")
    facts = json.loads((material.folder / "facts.json").read_text())
    check = (str(program), material["policy.txt"])
    good = run(*check, material["good.tlog-proof"], facts["leaf"])
    twins = (("bad.tlog-proof", facts["leaf"]), ("good.tlog-proof", facts["other_leaf"]))
    twin = any(run(*check, material[name], leaf) for name, leaf in twins)
    yield Judged(f"torchwood {TORCHWOOD} (Go)", "tlog-proof, quorum 2 of 3", good, twin)


def by_sigstore(material: Material) -> Iterator[Judged]:
    """The Merkle check of sigstore-python."""
    python = str(environment(f"sigstore=={SIGSTORE}") / "python")
    check = (python, str(HERE / "sigstore_check.py"), str(material.folder))
    yield Judged(
        f"sigstore {SIGSTORE}", "inclusion in 1,000 entries", run(*check, "good"), run(*check, "bad")
    )


def by_opentimestamps(material: Material) -> Iterator[Judged]:
    """The stock client follows our proof to the root, and from there to a block of a node of the test."""
    ots = str(environment(f"opentimestamps-client=={OTS}") / "ots")
    facts = json.loads((material.folder / "good.entry.facts.json").read_text())
    with bitcoin_node(facts["height"], bytes.fromhex(facts["bitcoin_root"])) as url:
        check = (ots, "--no-cache", "--bitcoin-node", url, "verify", "-f", material["entry"])
        good, twin = run(*check, material["good.entry.ots"]), run(*check, material["bad.entry.ots"])
    yield Judged(f"opentimestamps {OTS}", ".ots from entry to root to block", good, twin)


def by_transmute(material: Material) -> Iterator[Judged]:
    """A COSE receipt, RFC 9942."""
    check = node_check("@transmute/cose", TRANSMUTE, "transmute_check.cjs.txt")
    good, twin = (run(*check, str(material.folder), which) for which in ("good", "bad"))
    yield Judged(f"@transmute/cose {TRANSMUTE}", "COSE receipt, inclusion", good, twin)


def by_chainpoint(material: Material) -> Iterator[Judged]:
    """A Chainpoint proof by its schema, and what its operations come to."""
    check = node_check("chainpoint-parse", CHAINPOINT, "chainpoint_check.cjs.txt")
    good, twin = (run(*check, str(material.folder), which) for which in ("good", "bad"))
    yield Judged(f"chainpoint-parse {CHAINPOINT}", "Chainpoint proof, expected value", good, twin)


def node_check(package: str, version: str, script: str) -> tuple[str, ...]:
    """The command that runs a script beside a package of npm, installed once in a folder of its own."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NotHereError("no Node with npm")
    place = BUILD.absolute() / package.replace("/", "-")
    if not (place / ".ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "package.json").write_text("{}")
        install = (npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{package}@{version}")
        if not run(*install, seconds=INSTALL_SECONDS, cwd=place):
            raise NotHereError(f"{package} could not be installed")
        (place / ".ready").touch()
    shutil.copy(HERE / script, place / "check.cjs")
    return node, str(place / "check.cjs")


def judged() -> Iterator[Judged]:
    """Every program in its turn."""
    shutil.rmtree(BUILD / "material", ignore_errors=True)
    material = write_material(BUILD.absolute() / "material")
    write_exported(material.folder)
    programs = (
        by_aics_tlog,
        by_aics_witness,
        by_torchwood,
        by_sigstore,
        by_opentimestamps,
        by_transmute,
        by_chainpoint,
    )
    for by in programs:
        name = by.__name__.removeprefix("by_").replace("_", "-")
        try:
            yield from by(material)
        except NotHereError as missing:
            yield Judged(name, "", reason=f"not here: {missing}")
    for name, reason in NOT_YET.items():
        yield Judged(name, "", reason=reason)


def main() -> int:
    """Print the table, and the figure."""
    found = []
    for one in judged():
        found.append(one)
        sys.stdout.write(f"{one}\n")
        sys.stdout.flush()
    tried = [one for one in found if one.good is not None]
    right = sum(one.right for one in tried)
    sys.stdout.write(
        f"foreign: {right} of {len(tried)} checks judged rightly, {len(found) - len(tried)} not tried\n"
    )
    return 0 if right == len(tried) else 1


if __name__ == "__main__":
    sys.exit(main())
