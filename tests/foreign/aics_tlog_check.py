"""Runs in aics-tlog's own environment: FOLDER checkpoint|inclusion|tiles good|bad. Exits 0 if it accepts."""

import json
import sys
from pathlib import Path

import aics_tlog  # type: ignore[import-not-found] # it runs in an environment of its own

folder, what, which = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
facts = json.loads((folder / "facts.json").read_text())


def checkpoint() -> bool:
    note = aics_tlog.parse_note((folder / f"{which}.checkpoint").read_text())
    witnesses = [aics_tlog.parse_vkey(vkey) for vkey in facts["witnesses"]]
    return bool(aics_tlog.verify_checkpoint(note, aics_tlog.parse_vkey(facts["log"]), witnesses, 2).ok)


def inclusion() -> bool:
    leaf = bytes.fromhex(facts["leaf" if which == "good" else "other_leaf"])
    path = [bytes.fromhex(one) for one in facts["path"]]
    root = bytes.fromhex(facts["root"])
    return bool(aics_tlog.verify_inclusion(leaf, facts["index"], facts["size"], path, root))


def tiles() -> bool:
    reader = aics_tlog.FileSystemTileReader(folder / which)
    report = aics_tlog.audit_tiles(reader, facts["size"], bytes.fromhex(facts["root"]))
    return bool(report.size == facts["size"])


sys.exit(0 if {"checkpoint": checkpoint, "inclusion": inclusion, "tiles": tiles}[what]() else 1)
