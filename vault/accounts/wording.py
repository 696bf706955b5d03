"""Parameters of lockers and names of secrets, as they come in."""

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from anchor.errors import FormatError
from anchor.records.shape import read_json

SECRETS_MAX = 16
PARAMETERS_MAX = 1024
SecretName = Annotated[str, Field(pattern="^[a-z-]{1,32}$")]


def parameters_of(given: Mapping[str, str | int]) -> bytes:
    """A locker's parameters as they are kept.

    Raises:
        FormatError: if they are too long, or could not be read again.
    """
    octets = json.dumps(given).encode()
    if len(octets) > PARAMETERS_MAX:
        raise FormatError(f"a locker's parameters have at most {PARAMETERS_MAX} bytes")
    read_json(octets)  # what is shown later must be what can be read then
    return octets
