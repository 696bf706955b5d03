"""The rows of a JSON file of any size, one at a time, in constant memory.

The standard library's decoder reads one value from a text and says where it
ended. A window slides over the file, and as soon as the window holds a whole
row, the row is handed on. Three limits keep a hostile file small: the length of
a row, its depth, and what may stand round the rows.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecoder
from typing import BinaryIO

from planetvault.importers.errors import ExportDamaged, ExportTooLarge

CHUNK_BYTES = 256 * 1024
ROW_CHARS_MAX = 1024 * 1024  # the longest real statement seen has 4,000 characters
DEPTH_MAX = 32  # an xAPI statement has about eight levels
FRAME_CHARS_MAX = 64 * 1024  # what may stand before the first row or after the last
EXPONENT_CHARS = len("e+")

_BETWEEN = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_BLANK = re.compile(r"[ \t\r\n]*")

CUT_OFF = "the file ends in the middle: download it again"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands round the rows: ``opening`` up to the first, ``closing`` after the ``]`` of the last."""

    opening: re.Pattern[str]
    closing: re.Pattern[str]


ARRAY = Frame(re.compile(r"[ \t\r\n]*\["), _BLANK)


def json_rows(stream: BinaryIO, encoding: str, frame: Frame | None) -> Iterator[tuple[int, object]]:
    """Yield (number from 1, value) of an array inside ``frame``, or of values in a line each if None.

    Raises:
        ExportDamaged: when it is not such JSON, not in ``encoding``, or ends too early.
        ExportTooLarge: when one row passes ROW_CHARS_MAX or DEPTH_MAX.
    """
    window = _Window(stream, encoding)
    if frame is not None:
        window.open(frame.opening)
    number = 0
    while window.has_row(framed=frame is not None):
        number += 1
        yield number, window.row(number)
    if frame is not None:
        window.close(frame.closing)


class _Window:
    """The part of the text between what was read and what was handed on."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decode = getincrementaldecoder(encoding)("strict").decode
        self._row = JSONDecoder(parse_constant=lambda _name: None).raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def _more(self) -> bool:
        """Slide on by one chunk; False at the end of the file."""
        if self._ended:
            return False
        chunk = self._stream.read(CHUNK_BYTES)
        self._ended = not chunk
        try:
            self._text = self._text[self._at :] + self._decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            raise ExportDamaged("the file is not text in the encoding its provider uses") from error
        self._at = 0
        return True

    def open(self, opening: re.Pattern[str]) -> None:
        """Step over what stands before the first row."""
        while len(self._text) < FRAME_CHARS_MAX and self._more():
            pass
        match = opening.match(self._text)
        if match is None:
            raise ExportDamaged("the file does not begin as this export does")
        self._at = match.end()

    def has_row(self, *, framed: bool) -> bool:
        """Step over what stands between rows; whether another row begins there."""
        self._step_over(_BETWEEN)
        if self._at == len(self._text):
            if framed:
                raise ExportDamaged(CUT_OFF)
            return False
        return not (framed and self._text[self._at] == "]")

    def _step_over(self, blanks: re.Pattern[str]) -> None:
        while True:
            match = blanks.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text) or not self._more():
                return

    def row(self, number: int) -> object:
        """The row that begins here."""
        while True:
            try:
                value, end = self._row(self._text, self._at)
            except RecursionError as error:
                raise ExportTooLarge(f"row {number} is nested deeper than {DEPTH_MAX} levels") from error
            except ValueError as error:
                if not self._grow(number):
                    raise ExportDamaged(f"row {number} is damaged, or {CUT_OFF}") from error
            else:
                if not self._may_go_on(value, end) or not self._grow(number):
                    break
        self._judge(value, number, self._at, end)
        self._at = end
        return value

    def _may_go_on(self, value: object, end: int) -> bool:
        """Whether a number ends with the window, or nearly: 12 can become 123, ``12e+`` can become 12e+3."""
        return isinstance(value, int | float) and len(self._text) - end <= EXPONENT_CHARS

    def _grow(self, number: int) -> bool:
        """Slide on while a row is not whole; False at the end of the file."""
        if len(self._text) - self._at > ROW_CHARS_MAX:
            raise ExportTooLarge(f"row {number} is damaged, or longer than {ROW_CHARS_MAX:,} characters")
        return self._more()

    def _judge(self, value: object, number: int, start: int, end: int) -> None:
        if end - start > ROW_CHARS_MAX:
            raise ExportTooLarge(f"row {number} is longer than {ROW_CHARS_MAX:,} characters")
        brackets = self._text.count("{", start, end) + self._text.count("[", start, end)
        if brackets > DEPTH_MAX and _depth(value) > DEPTH_MAX:
            raise ExportTooLarge(f"row {number} is nested deeper than {DEPTH_MAX} levels")

    def close(self, closing: re.Pattern[str]) -> None:
        """Make sure that the file ends as it should after the last row."""
        self._at += 1
        while self._more():
            if len(self._text) - self._at > FRAME_CHARS_MAX:
                raise ExportDamaged("something goes on after the last row")
        if not closing.fullmatch(self._text, self._at):
            raise ExportDamaged(f"the rows end, and the file does not as it should: {CUT_OFF}")


def _depth(value: object) -> int:
    """How many levels of lists and objects lie in each other."""
    depth, level = 0, [value]
    while level:
        inner: list[object] = []
        for part in level:
            if isinstance(part, dict):
                inner.extend(part.values())
            elif isinstance(part, list):
                inner.extend(part)
        depth, level = depth + 1, inner
    return depth - 1
