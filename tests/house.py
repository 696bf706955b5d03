"""What holds for every committed file: each check takes a name and a text, and yields what is wrong with it.

The patterns are put together from pieces, so that this file does not hold what it
looks for.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

REGISTRIES = [
    r"\.".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "(org|com)"),
        ("yarnpkg", "com"),
        ("npmmirror", "com"),
        ("crates", "io"),
        ("golang", "org"),
        ("rubygems", "org"),
        ("docker", "(io|com)"),
        ("ghcr", "io"),
        ("quay", "io"),
    )
]
# A mirror has any host, but its paths give it away.
REGISTRY = re.compile(r"\b(" + "|".join(REGISTRIES) + r")\b|https?://\S*/(simple|pypi|npm)(/|\b)")

MACHINE_PATH = re.compile(
    r"(?<![\w.~*-])/(" + "|".join(("work", "root", "tmp/" + "brief")) + r")(/|\b(?![-\w.]))"
)

NOTE_TO_SELF = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")
SOURCES = {".py", ".ts", ".js", ".svelte", ".css", ".html", ".vy", ".md", ".toml", ".yaml", ".yml", ".sh", ""}

ADDRESS = re.compile(r"https?://")
PIN = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)[^\n]*\\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+",
    re.MULTILINE,
)


def matches(text: str, pattern: re.Pattern[str], rule: str) -> Iterator[str]:
    """One sentence for each line that holds the pattern."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := pattern.search(line):
            yield f"line {number} holds {found.group()!r}: {rule}"


def registries(_: PurePosixPath, text: str) -> Iterator[str]:
    """No address of a package registry: whoever installs has a mirror, and their tools know it."""
    yield from matches(text, REGISTRY, "an address of a package registry")


def machine_paths(_: PurePosixPath, text: str) -> Iterator[str]:
    """No path of the machine it was written on."""
    yield from matches(text, MACHINE_PATH, "a path of one machine")


def notes_to_self(name: PurePosixPath, text: str) -> Iterator[str]:
    """Nothing is left for later inside the code."""
    if name.suffix in SOURCES and name.name != "LICENSE":
        yield from matches(text, NOTE_TO_SELF, "a note to oneself; finish it or leave it out")


def endings(name: PurePosixPath, text: str) -> Iterator[str]:
    """What we write ends its lines in one newline and no blank; samples are as others write them."""
    if name.suffix not in SOURCES:
        return
    if "\r" in text:
        yield "has a carriage return"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield "does not end in one newline"
    yield from matches(text, re.compile(r"[ \t]+$"), "blanks at the end of a line")


def is_lock(name: PurePosixPath) -> bool:
    """Whether a file fixes versions: ours are hashed requirement files and npm's lock."""
    return name.suffix == ".lock" or "-lock." in name.name or name.match("requirements/*.txt")


def locks(name: PurePosixPath, text: str) -> Iterator[str]:
    """A lock names versions and hashes, and no place: it installs from any mirror."""
    if not is_lock(name):
        return
    yield from matches(text, ADDRESS, "a lock must install from any mirror")
    if name.suffix == ".txt":
        pinned = {found["name"] for found in PIN.finditer(text)}
        for line in re.findall(r"^[a-zA-Z0-9][^\n]*", text, re.MULTILINE):
            if line.partition("==")[0] not in pinned:
                yield f"{line!r} has no version or no hash"


EVERYWHERE = (registries, machine_paths, notes_to_self, endings, locks)
