"""Arguments of commands that are names of records: base64url, of which one in 64 begins like an option."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

_LIKE_AN_OPTION = re.compile(r"-[A-Za-z0-9_-]{42}")
_ASIDE = "\N{WORD JOINER}"
"""What stands before a name while it is read: nothing that begins so is an option, and nobody types it."""


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read arguments, or those of this process; a name of 43 characters is never an option."""
    given = sys.argv[1:] if arguments is None else arguments
    told = [_ASIDE + one if _LIKE_AN_OPTION.fullmatch(one) else one for one in given]
    options = parser.parse_args(told)
    for key, value in vars(options).items():
        setattr(options, key, _plain(value))
    return options


def _plain(value: object) -> object:
    """A value as it was typed."""
    match value:
        case str():
            return value.removeprefix(_ASIDE)
        case Path():
            return Path(str(value).removeprefix(_ASIDE))
        case list():
            return list(map(_plain, value))
    return value
