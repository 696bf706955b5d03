"""Making an environment: which Python is believed, and what is said when there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAKE_VENV = Path(__file__).parent.parent / "scripts" / "make-venv"

SHIM = "#!/bin/sh\necho 'command not found in this version' >&2\nexit 127\n"
OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_PIP = f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n'
# Answers as a good Python does, and makes an environment whose Python is this one.
GOOD = (
    "#!/bin/sh\n"
    'case "$1" in -m) mkdir -p "$3/bin" && echo made >"$3/pyvenv.cfg" && ln -s '
    + sys.executable
    + ' "$3/bin/python";;\n'
    f'*) exec {sys.executable} "$@";; esac\n'
)


def make_venv(tmp_path: Path, python: str = "", **pythons: str) -> subprocess.CompletedProcess[str]:
    """Run the script where these Pythons, written as name_minor, stand before everything else in PATH."""
    for name, program in pythons.items():
        path = tmp_path / name.replace("_", ".")
        path.write_text(program)
        path.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHON": python}
    command = ["sh", str(MAKE_VENV), str(tmp_path / "venv")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_shim_and_an_old_python_are_passed_over(tmp_path: Path) -> None:
    answer = make_venv(tmp_path, python3_13=SHIM, python3_12=OLD, python3_11=GOOD)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "venv/pyvenv.cfg").exists()


def test_a_python_without_pip_is_passed_over_for_one_with_it(tmp_path: Path) -> None:
    answer = make_venv(tmp_path, python3_13=WITHOUT_PIP, python3_12=GOOD)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "venv/pyvenv.cfg").exists()


def test_half_an_environment_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").symlink_to("/nowhere")
    assert make_venv(tmp_path, python3_13=GOOD).returncode == 0


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"python3": WITHOUT_PIP}, "apt-get install python3-venv"),
        ({"python3": OLD}, "no Python 3.11 or newer"),
        ({"python3": SHIM}, "make PYTHON="),
    ],
)
def test_it_says_what_would_help(tmp_path: Path, chosen: dict[str, str], said: str) -> None:
    answer = make_venv(tmp_path, python=str(tmp_path / "python3"), **chosen)
    assert answer.returncode == 1
    assert said in answer.stderr
    assert not (tmp_path / "venv").exists()
