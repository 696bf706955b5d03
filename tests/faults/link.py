"""A wire to another port, that can be cut: ``python -m tests.faults.link PORT TARGET``.

It carries bytes both ways and understands none of them. Whoever kills it cuts every
connection in the middle of whatever it was saying, as a network does.
"""

import asyncio
import sys
from contextlib import suppress

CHUNK = 1 << 16


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(CHUNK):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def _serve(port: int, target: int) -> None:
    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, back), _carry(there, writer))

    async with await asyncio.start_server(join, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
