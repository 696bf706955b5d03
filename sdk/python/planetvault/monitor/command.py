"""``planetvault monitor URL --trust TRUST --state FOLDER``: follow a log, and keep what contradicts it.

Exit codes: 0 the log continues what was seen, 1 it forked, 2 the command could not be
carried out, 3 it does not serve what it signed. With ``--every`` it goes on until a fork.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2

from anchor.errors import AnchorError, ForkError
from anchor.records.trust import TRUST_BYTES_MAX, read_trust
from planetvault.monitor.following import Fetch, Follower, TilesWrong

CONTINUES, FORKED, USAGE, WRONG = 0, 1, 2, 3
ANSWER_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="planetvault monitor", description="Follow a log.")
    parser.add_argument(
        "url", metavar="URL", help="where the log's checkpoint is, as in https://vault.example/log"
    )
    parser.add_argument("--trust", type=Path, required=True, help="the trust file: whose log it is")
    parser.add_argument("--state", type=Path, required=True, metavar="FOLDER", help="what was seen before")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="look again, until a fork")
    options = parser.parse_args(arguments)
    try:
        trust = read_trust(options.trust.read_bytes()[: TRUST_BYTES_MAX + 1])
    except (OSError, AnchorError) as error:
        sys.stderr.write(f"monitor: {error}\n")
        return USAGE
    with httpx2.Client(base_url=options.url.rstrip("/") + "/", timeout=ANSWER_SECONDS) as client:
        follower = Follower(over_http(client), trust.policy, options.state)
        while (code := look(follower)) != FORKED and options.every is not None:
            time.sleep(options.every)
    return code


def look(follower: Follower) -> int:
    """One look, told in one line; the exit code."""
    try:
        seen = follower.step()
    except ForkError as error:
        sys.stdout.write(f"FORK: {error}\n")
        return FORKED
    except TilesWrong as error:
        sys.stdout.write(f"WRONG: {error}\n")
        return WRONG
    except (OSError, httpx2.HTTPError, AnchorError) as error:
        sys.stderr.write(f"monitor: {type(error).__name__}: {error}\n")
        return USAGE
    older = f", though it shows {seen.shown} now" if seen.shown < seen.now else ""
    names = ", ".join(seen.witnesses) or "no witness"
    sys.stdout.write(f"continues: {seen.before} → {seen.now} entries{older}; cosigned by {names}\n")
    return CONTINUES


def over_http(client: httpx2.Client) -> Fetch:
    """Read a log under the client's base URL."""

    def fetch(path: str, most: int) -> bytes:
        found = b""
        with client.stream("GET", path) as response:
            response.raise_for_status()
            for part in response.iter_bytes():
                found += part
                if len(found) > most:
                    raise TilesWrong(f"{path} has more than {most} bytes")
        return found

    return fetch


if __name__ == "__main__":
    sys.exit(main())
