"""What is handed out: the wheel holds the three packages whole, and the verifier runs on libsodium alone."""

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import files
from importlib.util import find_spec
from os import environ
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

from tests.architecture import PACKAGES, Tree, dotted, needs_evm

ROOT = Path(__file__).parent.parent
LIBSODIUM = ("pynacl", "cffi", "pycparser")
"""pynacl and what it installs."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as hatchling builds it, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    python = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(python, cwd=ROOT, capture_output=True, check=True)
    (built,) = folder.glob("*.whl")
    with ZipFile(built) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Python modules as a stranger has them: pynacl, and anchor from the wheel."""
    site = tmp_path_factory.mktemp("stranger")
    for distribution in LIBSODIUM:
        for file in files(distribution) or []:
            if ".." not in file.parts and file.parts[0] != "__pycache__":
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                (site / file).symlink_to(Path(str(file.locate())))
    shutil.copytree(wheel / "anchor", site / "anchor")
    return site


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the modules of ``site`` and nothing that is installed."""
    python = [sys.executable, "-S", "-B", *arguments]
    clean = {**environ, "PYTHONPATH": str(site)}
    return subprocess.run(python, cwd=site, env=clean, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_of_the_three_packages(wheel: Path) -> None:
    git = ["git", "ls-files", "-z", *PACKAGES.values()]
    tracked = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    expected = {name.removeprefix("sdk/python/") for name in tracked if (ROOT / name).is_file()}
    assert {PurePosixPath(name).suffix for name in expected} >= {".py", ".vy", ".json"}
    assert expected - {str(file.relative_to(wheel)) for file in wheel.rglob("*")} == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {file.name for file in wheel.iterdir()} == {*PACKAGES, f"planetvault-{version}.dist-info"}


def test_the_wheel_brings_its_licence(wheel: Path) -> None:
    (licence,) = wheel.glob("*.dist-info/licenses/LICENSE")
    assert licence.read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_floor_runs_on_pynacl_alone(stranger: Path) -> None:
    files_of_anchor = (file for file in Tree(ROOT).files if file.parts[0] == "anchor")
    modules = [dotted(file).removesuffix(".__init__") for file in files_of_anchor if not needs_evm(file)]
    program = "\n".join(f"import {name}" for name in modules)
    answer = run(stranger, "-c", program)
    assert answer.returncode == 0, answer.stderr
    assert run(stranger, "-c", "import cryptography").returncode != 0, "the stranger has more than pynacl"


@pytest.mark.skipif(not find_spec("anchor.__main__"), reason="anchor/__main__.py is not written yet")
def test_a_stranger_can_ask_the_verifier_how_it_is_used(stranger: Path) -> None:
    answer = run(stranger, "-m", "anchor", "verify", "--help")
    assert answer.returncode == 0, answer.stderr
    assert "--trust" in answer.stdout
