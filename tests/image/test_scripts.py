"""Which engine builds, and on which base; engines are scripts that write down what they were told."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE_BASE = "localhost/planetvault-base:trixie"

AWAY = "#!/bin/sh\nexit 1\n"
GOOD = '#!/bin/sh\n[ "$1" != images ] || exit 0\n[ "$1" != build ] || echo "$0 $*"\n'
WITH_BASE = GOOD.replace("exit 0", "{ echo 3372f1ce72c6; exit 0; }")
WITHOUT_REGISTRY = '#!/bin/sh\n[ "$1" != build ] || exit 125\n'


def say(tmp_path: Path, *script: str, engines: dict[str, str], **settings: str) -> tuple[int, str, str]:
    """Run a script where these are the only engines: how it ended, and its words without their folder."""
    for name in ("docker", "podman", "buildah"):
        (tmp_path / name).write_text(engines.get(name, AWAY))
        (tmp_path / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "MADE_BASE": MADE_BASE,
        "HOME": os.devnull,
        **settings,
    }
    done = subprocess.run(
        ["sh", *script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.replace(f"{tmp_path}/", ""), done.stderr


@pytest.mark.parametrize(
    ("engines", "settings", "found"),
    [
        ({"docker": GOOD, "podman": GOOD}, {}, "docker"),
        ({"docker": AWAY, "podman": GOOD}, {}, "podman"),
        ({"buildah": GOOD}, {}, "buildah"),
        ({"docker": GOOD, "podman": GOOD}, {"ENGINE": "podman"}, "podman"),
    ],
)
def test_the_first_engine_that_answers_is_taken(
    tmp_path: Path, engines: dict[str, str], settings: dict[str, str], found: str
) -> None:
    code, said, _ = say(tmp_path, "scripts/engine", engines=engines, **settings)
    assert (code, said) == (0, f"{found}\n")


@pytest.mark.parametrize("script", [("engine",), ("make-base",), ("build-image", "vault", "planetvault:1")])
def test_without_an_engine_it_says_so(tmp_path: Path, script: tuple[str, ...]) -> None:
    code, _, said = say(tmp_path, f"scripts/{script[0]}", *script[1:], engines={})
    assert code == 1
    assert "no container engine answers here" in said


def test_a_base_that_was_made_is_stood_on(tmp_path: Path) -> None:
    code, said, _ = say(
        tmp_path, "scripts/build-image", "vault", "planetvault:1", engines={"podman": WITH_BASE}
    )
    assert code == 0
    assert f"podman build --target vault --tag planetvault:1 --build-arg BASE={MADE_BASE} .\n" in said


def test_a_base_by_name_goes_before_it_and_options_are_handed_on(tmp_path: Path) -> None:
    settings = {"BASE": "house.example/debian:13", "OPTIONS": "--network host --no-cache"}
    script = ("scripts/build-image", "chain", "chain:1")
    _, said, _ = say(tmp_path, *script, engines={"docker": WITH_BASE}, **settings)
    assert "--tag chain:1 --build-arg BASE=house.example/debian:13 --network host --no-cache .\n" in said


def test_without_either_the_dockerfile_decides(tmp_path: Path) -> None:
    _, said, _ = say(tmp_path, "scripts/build-image", "vault", "planetvault:1", engines={"docker": GOOD})
    assert "docker build --target vault --tag planetvault:1 .\n" in said


def test_a_build_that_fails_says_what_would_help(tmp_path: Path) -> None:
    code, _, said = say(
        tmp_path, "scripts/build-image", "vault", "planetvault:1", engines={"docker": WITHOUT_REGISTRY}
    )
    assert code == 1
    assert "`make base` first" in said
