"""Arguments of commands that are names of records: base64url, of which one in 64 begins like an option."""

import argparse
import re
import sys
from collections.abc import Sequence

_LIKE_AN_OPTION = re.compile(r"-[A-Za-z0-9_-]{42}")
_ASIDE = " "
"""What stands before a name while it is read: nothing that begins with a blank is an option."""


def parsed(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read arguments, or those of this process; a name of 43 characters is never an option."""
    given = sys.argv[1:] if arguments is None else arguments
    told = [_ASIDE + one if _LIKE_AN_OPTION.fullmatch(one) else one for one in given]
    options = parser.parse_args(told)
    for key, value in vars(options).items():
        if isinstance(value, str):
            setattr(options, key, value.removeprefix(_ASIDE))
    return options
