"""A kit to print: the words or the secret key that open an account, on a sheet of paper.

``text`` is for a terminal, ``html`` is a page for a printer: one file that loads nothing and runs
nothing. Its QR code needs the extra [kit]. Neither is ever sent, stored or remembered; whoever
calls prints it and forgets it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Self

from planetvault.owner.openers import Password, RecoveryPhrase

RECOVERY, SECRET_KEY = "planetvault-recovery:1:", "planetvault-secret-key:1:"
WORDS_IN_A_ROW = 4
LETTERS_IN_A_GROUP = 6

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
@page {{ size: A4; margin: 20mm }}
body {{ font: 12pt/1.5 serif; max-width: 42em; margin: 2em auto; color: #000 }}
pre {{ font: bold 16pt/1.9 monospace; border: 1pt solid #000; padding: 1em; white-space: pre-wrap }}
figure {{ margin: 1em 0 }} .line {{ border-bottom: 1pt solid #000; height: 2em }}
</style></head><body>
<h1>{title}</h1>
<p>{what}</p>
<pre>{shown}</pre>
{code}
<p>Vault: <strong>{url}</strong><br>Made on {day} (UTC)</p>
<p>{how}</p>
<p>Keep it where you keep a passport. If somebody may have seen it, make a new one, and remove this one.</p>
<p>Where this sheet is kept, and who knows:</p><p class="line"></p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Kit:
    """What stands on the sheet. ``secret`` is what the QR code holds."""

    title: str
    what: str
    how: str
    url: str
    made: datetime
    rows: tuple[str, ...] = field(repr=False)
    secret: str = field(repr=False)

    @classmethod
    def of_phrase(cls, phrase: RecoveryPhrase, url: str, made: datetime) -> Self:
        """The kit of a recovery phrase."""
        words = [f"{place:2}. {word}" for place, word in enumerate(phrase.words.split(), 1)]
        rows = tuple(
            "   ".join(f"{word:12}" for word in words[start : start + WORDS_IN_A_ROW]).rstrip()
            for start in range(0, len(words), WORDS_IN_A_ROW)
        )
        return cls(
            "Recovery kit",
            "These twelve words open your vault, with no device and no password. Nobody can make them again.",
            "On a new device choose “I have a recovery phrase”, and type the words in this order.",
            url,
            made,
            rows,
            RECOVERY + phrase.words,
        )

    @classmethod
    def of_password(cls, password: Password, url: str, made: datetime) -> Self:
        """The kit of a secret key; the password is not on it."""
        key = password.text
        groups = [key[start : start + LETTERS_IN_A_GROUP] for start in range(0, len(key), LETTERS_IN_A_GROUP)]
        return cls(
            "Secret key",
            "With this key and your password your vault opens; either alone opens nothing.",
            "On a new device choose “I have a password”, and type your password and this key.",
            url,
            made,
            (" ".join(groups),),
            SECRET_KEY + key,
        )

    @property
    def text(self) -> str:
        """The sheet as plain text."""
        made = f"Vault: {self.url}\nMade on {self.made:%Y-%m-%d} (UTC)"
        return "\n\n".join([self.title, self.what, "\n".join(self.rows), made, self.how]) + "\n"

    def html(self) -> str:
        """The sheet as a page, with a QR code if the extra [kit] is there."""
        return _PAGE.format(
            title=escape(self.title),
            what=escape(self.what),
            how=escape(self.how),
            url=escape(self.url),
            day=f"{self.made:%Y-%m-%d}",
            shown=escape("\n".join(self.rows)),
            code=self._code(),
        )

    def _code(self) -> str:
        if find_spec("segno") is None:
            return "<p>(A QR code needs the extra [kit].)</p>"
        drawn: str = import_module("segno").make(self.secret, error="q").svg_inline(scale=5)
        return f"<figure>{drawn}</figure>"
