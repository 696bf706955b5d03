"""One port, two stores: files in a folder, and a bucket behind a program by others."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.objects import S3, S3Missing, running_s3
from vault.blobs.objects import FolderObjects, Objects, S3Objects
from vault.errors import Unavailable
from vault.settings import Settings


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    try:
        with running_s3() as store:
            yield store
    except S3Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["folder", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "folder":
        return FolderObjects(tmp_path / "objects")
    return bucket(request.getfixturevalue("s3"))


def bucket(s3: S3, **changes: Any) -> S3Objects:
    return S3Objects(Settings(**(s3.settings | changes)))


def test_what_was_put_is_read_back_in_any_range(objects: Objects) -> None:
    content = os.urandom(100_000)
    objects.put("ab/abcdef", content)
    assert objects.read("ab/abcdef", 0, len(content)) == content
    assert objects.read("ab/abcdef", 99_990, 100_000) == content[-10:]
    assert objects.read("ab/abcdef", 7, 8) == content[7:8]
    assert objects.read("ab/abcdef", 99_990, 200_000) == content[-10:]


def test_another_under_the_same_name_takes_its_place(objects: Objects) -> None:
    objects.put("cd/one", b"old")
    objects.put("cd/one", b"new")
    assert objects.read("cd/one", 0, 3) == b"new"


def test_what_was_deleted_is_gone_and_deleting_again_is_no_fault(objects: Objects) -> None:
    for name in ("ef/a", "ef/b"):
        objects.put(name, b"x")
        assert objects.has(name)
    objects.delete(["ef/a", "ef/never", "ef/b"])
    objects.delete(["ef/a"])
    for name in ("ef/a", "ef/b"):
        assert not objects.has(name)
        with pytest.raises(Unavailable):
            objects.read(name, 0, 1)


def test_a_store_that_is_away_or_refuses_is_a_typed_error(s3: S3) -> None:
    for changes in ({"objects_endpoint": "http://127.0.0.1:9"}, {"objects_key": "wrong"}):
        with pytest.raises(Unavailable) as refused:
            bucket(s3, **changes).put("gh/x", b"x")
        assert "127.0.0.1" not in str(refused.value)
        assert "wrong" not in str(refused.value)
