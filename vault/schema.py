"""What every slice's ``tables.py`` is written with: one metadata, and a few column types.

Hashes, ids and signed bytes are binary, times are whole seconds since 1970 in UTC,
money is whole micros. The record bytes rule; columns only find them.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Text
from sqlalchemy.types import TypeEngine

metadata = MetaData()

Binary: TypeEngine[bytes] = LargeBinary()
Number: TypeEngine[int] = BigInteger()
Word: TypeEngine[str] = Text()
RowId: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
"""A key the database counts up by itself."""


def binary(name: str, *, key: bool = False, null: bool = False) -> Column[bytes]:
    """A hash, an id, a key or signed bytes."""
    return Column(name, Binary, primary_key=key, nullable=null)


def number(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    """A count, micros, or a time in seconds."""
    return Column(name, Number, primary_key=key, nullable=null, autoincrement=False)


def word(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    """A domain, a state or another short text."""
    return Column(name, Word, primary_key=key, nullable=null)


def counter(name: str) -> Column[int]:
    """A primary key in the order of insertion."""
    return Column(name, RowId, primary_key=True, autoincrement=True)
