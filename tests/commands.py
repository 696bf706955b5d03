"""The commands that a page tells its reader to type, and whether they are there."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHELLS = {"sh", "shell", "bash", "console"}
SYSTEM = {
    "cat",
    "cd",
    "cp",
    "curl",
    "docker",
    "export",
    "git",
    "ls",
    "mkdir",
    "npm",
    "node",
    "npx",
    "ots",
    "pip",
}

BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
VERB = re.compile(r"^([a-z]+):.*?## ", re.MULTILINE)
ASSIGNMENT = re.compile(r"^[A-Z_]+=")


def verbs() -> set[str]:
    """What ``make`` can do, as ``make help`` lists it."""
    return set(VERB.findall((ROOT / "Makefile").read_text()))


def commands(page: str) -> Iterator[list[str]]:
    """Every command in the page's shell blocks, in words; in a console block those after ``$``."""
    for language, block in BLOCK.findall(page):
        if language not in SHELLS:
            continue
        for typed in block.replace("\\\n", " ").splitlines():
            if language == "console" and not typed.startswith("$ "):
                continue
            for part in re.split(r"&&|\|\||[;|]", typed.removeprefix("$ ")):
                words = [word for word in shlex.split(part, comments=True) if not ASSIGNMENT.match(word)]
                if words:
                    yield words


def what_is_missing(command: list[str]) -> str | None:
    """What of a command does not exist, or None."""
    program, *rest = command
    program = program.removeprefix(".venv/bin/")
    words = [word for word in rest if not word.startswith("-")]
    if program == "make":
        missing = [word for word in words if word not in verbs()]
        return f"make has no verb {missing[0]}" if missing else None
    if re.fullmatch(r"python[0-9.]*", program):
        return _missing_from_python(rest)
    if program == "planetvault":
        known = not words or f" {words[0]} " in _planetvault_help()
        return None if known else f"planetvault has no command {words[0]}"
    if "/" in program:
        return None if (ROOT / program).exists() else f"there is no file {program}"
    return None if program in SYSTEM else f"nobody here knows the program {program}"


def _missing_from_python(words: list[str]) -> str | None:
    match words:
        case ["-m", "venv" | "pip", *_] | []:
            return None
        case ["-m", "planetvault", *rest]:
            return what_is_missing(["planetvault", *rest])
        case ["-m", module, *_]:
            return None if module_exists(module) else f"there is no module {module}"
        case [script, *_] if not script.startswith("-"):
            here = script.removeprefix("planetvault/")  # from the folder that this repository is in
            return None if (ROOT / here).exists() else f"there is no file {script}"
    return None


@cache
def _planetvault_help() -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "planetvault", "--help"], capture_output=True, text=True, check=False
    )
    return answer.stdout


def missing_imports(page: str) -> Iterator[str]:
    """What the page's Python blocks import and the house does not have."""
    for language, block in BLOCK.findall(page):
        if language == "python":
            for node in ast.walk(ast.parse(block)):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                yield from (f"there is no module {name}" for name in names if not module_exists(name))


def module_exists(name: str) -> bool:
    """Whether a module could be imported; its packages are, on the way."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
