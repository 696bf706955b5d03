r"""Who may lean on whom: the rules of the house, kept by reading the imports of every file.

::

       sdk/python/planetvault        vault          never each other; they meet over HTTP
                    \                /
                          anchor                    the standard library and libsodium

       inside vault/<noun>/:   api → flow → rules, store → tables    slices meet in api and flow

Each rule takes a tree's imports and yields what breaks it, as a sentence that
names the file and the import. A rule is about code as it is written, so lazy
imports inside functions count, and so do ``import_module("…")`` and
``run_module("…")`` with a name in plain sight.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

PACKAGES = {"anchor": "anchor", "vault": "vault", "planetvault": "sdk/python/planetvault"}

LEANS_ON = {"anchor": set[str](), "vault": {"anchor"}, "planetvault": {"anchor"}}

# The verifier needs libsodium alone, a partner what the base dependencies and the command bring.
LIBRARIES = {
    "anchor": {"nacl"},
    "planetvault": {
        "nacl",
        "cryptography",
        "httpx2",
        "http_message_signatures",
        "typer",
        "rich",
        "segno",
        "fpdf",
    },
}

# What the extra [evm] brings, and the only files of anchor that may need it.
EVM_LIBRARIES = {"httpx2", "eth_account", "eth_keys", "eth_abi", "eth_typing", "eth_utils"}
EVM_FILES = ("anchor/chain/evm*.py", "anchor/contracts/compile.py")

# Code that opens what an owner sealed: asymmetric and symmetric decryption, and the SDK itself.
OPENING = (
    "planetvault",
    "nacl.public",
    "nacl.secret",
    "cryptography.cobblestone",
    "cryptography.fernet",
    "cryptography.hazmat.bindings",
    "cryptography.hazmat.decrepit",
    "cryptography.hazmat.primitives.asymmetric.mlkem",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.asymmetric.x448",
    "cryptography.hazmat.primitives.ciphers",
    "cryptography.hazmat.primitives.hpke",
    "cryptography.hazmat.primitives.keywrap",
    "Crypto",
    "joserfc.jwe",
)
OPENING_BINDING = re.compile(r"nacl\.bindings($|\.\*|\..*(aead|box|chacha|seal|stream|salsa|crypto_kx))")

# What rules.py must not reach: rows, requests, files, clocks, dice.
OUTSIDE = {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil"}
OUTSIDE |= {"socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib", "uuid"}
CLOCKS = {"now", "utcnow", "today"}

# The parts of a slice that read, write or answer; any other part is values and judgement, like its rules.
READS_OR_WRITES = {"api", "flow", "store", "tables"}

NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}

# A use waits for our own database and for nothing else.
SLOW = ("anchor.chain", "vault.payments.provider", "vault.payments.providers", "httpx2", "socket")


@dataclass(frozen=True)
class Import:
    """One imported name: ``from nacl import public`` is ``nacl.public``."""

    file: PurePosixPath
    line: int
    module: str

    def of(self, *packages: str) -> bool:
        """Whether it is one of these modules, or lies in one."""
        return any(self.module == package or self.module.startswith(package + ".") for package in packages)

    def breaks(self, rule: str) -> str:
        """The sentence for a broken rule."""
        return f"{self.file}:{self.line} imports {self.module}: {rule}"


@dataclass(frozen=True)
class Tree:
    """The Python files of the house under ``root``, and what they import."""

    root: Path

    @cached_property
    def files(self) -> dict[PurePosixPath, ast.Module]:
        """Every source file by its path from the root, read."""
        found = (file for folder in PACKAGES.values() for file in sorted((self.root / folder).rglob("*.py")))
        return {PurePosixPath(file.relative_to(self.root)): ast.parse(file.read_bytes()) for file in found}

    @cached_property
    def slices(self) -> set[str]:
        """The nouns of the vault."""
        return {noun for file in self.files if (noun := slice_of(file))}

    @cached_property
    def imports(self) -> list[Import]:
        """Every import of every file."""
        return [
            Import(file, node.lineno, module)
            for file, tree in self.files.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
            for module in _modules(node, file)
        ]


def _modules(node: ast.Import | ast.ImportFrom | ast.Call, file: PurePosixPath) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            package = dotted(file.parent).split(".")
            above = package[: len(package) - level + 1] if level else []
            base = ".".join([*above, *([module] if module else [])])
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called in {"import_module", "__import__", "run_module"}:
                yield name


def dotted(path: PurePosixPath) -> str:
    """The module of a path: ``sdk/python/planetvault/seal.py`` is ``planetvault.seal``."""
    return ".".join(path.with_suffix("").parts).removeprefix("sdk.python.")


def floor_of(file: PurePosixPath) -> str:
    """The package that a file belongs to."""
    return dotted(file).split(".")[0]


def needs_evm(file: PurePosixPath) -> bool:
    """Whether a file is one of those that the extra ``[evm]`` is for."""
    return any(file.match(pattern) for pattern in EVM_FILES)


NO_NOUNS = {"migrations", "worker"}


def slice_of(file: PurePosixPath) -> str | None:
    """The noun of a file inside ``vault/<noun>/``; None above them: app, worker, migrations."""
    parts = file.parts
    return parts[1] if parts[0] == "vault" and len(parts) > 2 and parts[1] not in NO_NOUNS else None


def floors_lean_on_floors_below(tree: Tree) -> Iterator[str]:
    """Anchor leans on nothing, vault and SDK on anchor, and never on each other."""
    for one in tree.imports:
        floor, other = floor_of(one.file), one.module.split(".")[0]
        if other in {*PACKAGES, "tests"} - LEANS_ON[floor] - {floor}:
            yield one.breaks(f"{floor} may not lean on {other}")


def floors_keep_to_their_libraries(tree: Tree) -> Iterator[str]:
    """What the verifier and a partner install is all that their code may import."""
    for one in tree.imports:
        floor, library = floor_of(one.file), one.module.split(".")[0]
        allowed = LIBRARIES.get(floor)
        if allowed is None or library in {*sys.stdlib_module_names, *PACKAGES, "tests"}:
            continue
        if needs_evm(one.file):
            allowed = allowed | EVM_LIBRARIES
        if library not in allowed:
            yield one.breaks(f"{floor} needs {', '.join(sorted(allowed))} and nothing else")


def the_vault_cannot_open_what_it_stores(tree: Tree) -> Iterator[str]:
    """Neither the vault nor the floor under it imports code that opens sealed data."""
    for one in tree.imports:
        below = floor_of(one.file) in {"vault", "anchor"}
        if below and (one.of(*OPENING) or OPENING_BINDING.match(one.module)):
            yield one.breaks("this opens sealed data, which only a client may")


def rules_are_pure(tree: Tree) -> Iterator[str]:
    """A slice's ``rules.py`` takes values and the time; it reads no row, request, file, clock or dice."""
    for one in tree.imports:
        if _is_rules(one.file) and not _is_pure(one, tree.slices):
            yield one.breaks("rules read no row, request, file, clock or dice")
    for file, module in tree.files.items():
        if _is_rules(file):
            yield from _reads_outside(file, module)


def _is_rules(file: PurePosixPath) -> bool:
    return slice_of(file) is not None and file.name == "rules.py"


def _is_pure(one: Import, slices: set[str]) -> bool:
    match one.module.split("."):
        case ["anchor", *_] | ["vault", "errors", *_]:
            return True
        case ["vault", noun, part, *_]:
            return noun in slices and part not in READS_OR_WRITES
        case [top, *_]:
            return top in sys.stdlib_module_names and top not in OUTSIDE
    return False


def _reads_outside(file: PurePosixPath, module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) if name in CLOCKS:
                    yield f"{file}:{node.lineno} calls {name}(): the time is an argument"
                case ast.Name(id="open" | "input" | "print" as name):
                    yield f"{file}:{node.lineno} calls {name}(): rules read and write nothing"


def slices_keep_api_and_tables_to_themselves(tree: Tree) -> Iterator[str]:
    """Only the app mounts a slice's ``api``; only migrations see its ``tables`` from outside."""
    for one in tree.imports:
        match one.module.split("."):
            case ["vault", noun, "api" | "tables" as part, *_] if noun != slice_of(one.file):
                mounts = part == "api" and one.file == PurePosixPath("vault/app.py")
                migrates = part == "tables" and one.file.is_relative_to("vault/migrations")
                if not (mounts or migrates):
                    yield one.breaks(f"{noun}'s {part} is private to {noun}")


def slices_meet_above_their_stores(tree: Tree) -> Iterator[str]:
    """A store knows its own slice alone; an ``api`` or a ``flow`` brings the stores of several together."""
    for one in tree.imports:
        noun, reaching = slice_of(one.file), one.file.stem
        match one.module.split("."):
            case ["vault", other, part, *_] if noun and other in tree.slices - {noun}:
                if reaching in {"store", "tables"}:
                    yield one.breaks(f"{noun}'s {reaching} knows {noun} alone; meet in a flow")
                elif part == "flow":
                    yield one.breaks(f"a flow is told once; reach {other} through its store or rules")


def a_use_waits_for_nobody(tree: Tree) -> Iterator[str]:
    """Payment providers, chains and other machines are the worker's business."""
    for one in tree.imports:
        if slice_of(one.file) == "uses" and one.of(*SLOW):
            yield one.breaks("no use waits for a chain, a payment provider or another machine")


def every_module_has_a_noun(tree: Tree) -> Iterator[str]:
    """A module named after nothing is where code goes when its noun was not looked for."""
    for file in tree.files:
        for part in file.with_suffix("").parts:
            if part.strip("_") in NAMELESS:
                yield f"{file} is named {part}: which noun is it about?"


RULES = (
    floors_lean_on_floors_below,
    floors_keep_to_their_libraries,
    the_vault_cannot_open_what_it_stores,
    rules_are_pure,
    slices_keep_api_and_tables_to_themselves,
    slices_meet_above_their_stores,
    a_use_waits_for_nobody,
    every_module_has_a_noun,
)
