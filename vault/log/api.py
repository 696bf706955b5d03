"""The log over HTTP, as c2sp.org/tlog-tiles lays it out: any mirror or monitor can follow it.

Only what the newest published checkpoint covers is shown. A tile under its path never
changes, partial ones neither, so whoever has it may keep it for ever.
"""

from fastapi import APIRouter, Response

from anchor.tiles import TileId, narrow, parse_tile_path, tile_width
from vault import shown
from vault.db import Transaction
from vault.errors import NotFound
from vault.http import Running
from vault.log.served import FOR_EVER, FOR_NOW, TilePath
from vault.log.store import Checkpoints, Cosignatures, Tiles

router = APIRouter(prefix="/log", tags=["log"])


@router.get(
    "/checkpoint",
    response_class=Response,
    responses=shown.as_it_is("text/plain", "vault.example/log\n12\nAAAA…\n\n— vault.example/log AAAA…\n"),
)
async def show_checkpoint(service: Running) -> Response:
    """The newest published checkpoint, a C2SP signed note with its cosignatures; 404 before the first."""
    origin = service.keys.log.name
    note = await service.read(lambda transaction: read_checkpoint(transaction, origin))
    return Response(note, media_type="text/plain; charset=utf-8", headers=FOR_NOW)


@router.get(
    "/tile/{path:path}",
    response_class=Response,
    responses=shown.as_it_is("application/octet-stream", "the hashes of a tile, 32 bytes each"),
)
async def show_tile(service: Running, path: TilePath) -> Response:
    """A tile of hashes, or a bundle of entries."""
    tile, width = parse_tile_path(f"tile/{path}")
    origin = service.keys.log.name
    data = await service.read(lambda transaction: read_tile(transaction, origin, tile, width))
    return Response(data, media_type="application/octet-stream", headers=FOR_EVER)


def read_checkpoint(transaction: Transaction, origin: str) -> bytes:
    """The newest published checkpoint, with the cosignatures it has by now.

    Raises:
        NotFound: before the first.
    """
    newest = Checkpoints(transaction, origin).published()
    if newest is None:
        raise NotFound("this log has no checkpoint yet")
    return Cosignatures(transaction).on(newest)


def read_tile(transaction: Transaction, origin: str, tile: TileId, width: int) -> bytes:
    """The first ``width`` elements of a tile.

    Raises:
        NotFound: if the published log is not that wide there.
    """
    if width > tile_width(tile, Checkpoints(transaction, origin).published_size()):
        raise NotFound("the published log does not reach that tile")
    return narrow(tile, Tiles(transaction, origin).tile(tile), width)
