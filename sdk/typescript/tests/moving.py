# ruff: noqa: INP001 - a script that the tests run, no package
"""The Python side of owners who move.

``arrive URL BUNDLE WORDS`` moves into a vault with what an owner in TypeScript brought, and says what came.
``leave URL BUNDLE`` lives at a vault for a while and writes the bundle; it says her words, and the key
her partner knows her by. A line on standard input tells it that the partner has money.
"""

import json
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from planetvault.memory import RamMemory
from planetvault.owner import Owner, Password, RecoveryPhrase
from planetvault.partner import Partner

DOMAIN = "python.example"
ASKED = {
    "clusters": ["music.play/what"],
    "purposes": ["dpv:ServicePersonalisation"],
    "reason": "To suggest what to hear next.",
    "price": 50_000,
    "max_uses": 10,
    "look_back_days": 4000,
    "future_items": True,
}


def say(text: str) -> None:
    """A line for the test."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def told(owner: Owner, folder: Path) -> str:
    """The title of her one play, the text of her one letter, and how many receipts the past has."""
    columns = [owner.open_item(item).columns for item in owner.items()]
    titles = [one["name"][0] for one in columns if "by" in one]
    letters = [file for file in owner.files() if file.name == "letter.txt"]
    texts = [owner.get_blob(file, folder / file.name).read_text() for file in letters]
    counts = [f"{past.receipts} receipts" for _, past in owner.past(folder)]
    return "; ".join([*titles, *texts, *counts])


def arrive(url: str, bundle: str, words: str) -> None:
    """Arrive, and say it."""
    opener, memory = RecoveryPhrase(words), RamMemory()
    with Owner.arrive(url, memory, bundle, opener) as owner, tempfile.TemporaryDirectory() as folder:
        say(told(owner, Path(folder)))


def month(name: str, at: str) -> BytesIO:
    """One month of somebody's listening, as Spotify exports it."""
    row = {
        "ts": at,
        "master_metadata_track_name": name,
        "master_metadata_album_artist_name": "Alder Lane",
        "master_metadata_album_album_name": "Fixtures",
        "spotify_track_uri": "spotify:track:1",
        "ms_played": 180_000,
        "platform": "android",
        "conn_country": "NZ",
    }
    return BytesIO(json.dumps([row]).encode())


def leave(url: str, bundle: str) -> None:
    """A life with everything in it that can go wrong on the way, and then the bundle."""
    phrase = RecoveryPhrase.new()
    with (
        Partner.create(DOMAIN, "Python Example", url, RamMemory()) as partner,
        Owner.create(url, RamMemory()) as owner,
        tempfile.TemporaryDirectory() as folder,
    ):
        say("ready")
        sys.stdin.readline()
        owner.add_locker(phrase)
        gone = owner.add_locker(Password.new("one that goes again"))
        owner.import_export(month("Rain at Nine", "2026-03-01T10:00:00Z"))
        owner.import_export(month("First Snow", "2026-04-01T10:00:00Z"))
        owner.remove_locker(gone)
        owner.delete_item(next(one for one in owner.items() if one.period == "2026-04"))
        letter = Path(folder) / "letter.txt"
        letter.write_text("a letter to herself")
        owner.put_blob(letter)
        partner.ask(owner.connect(DOMAIN), **ASKED)
        owner.grant(owner.asks()[0])
        grant = partner.grants()[0]
        partner.use(grant, partner.items(grant))
        owner.export(bundle)
        say(phrase.words)
        say(owner.connect(DOMAIN).hex())


if __name__ == "__main__":
    {"arrive": arrive, "leave": leave}[sys.argv[1]](*sys.argv[2:])
