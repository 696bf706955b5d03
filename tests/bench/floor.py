"""The least a route can do: what uses and files are measured against.

``python -m tests.bench.floor --port PORT`` serves it as ``python -m vault serve`` serves the vault; files
go into the folder that ``FLOOR_FOLDER`` names.
"""

import os
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

app = FastAPI()
FOLDER = Path(os.environ.get("FLOOR_FOLDER", "/nonexistent"))
OCTETS = "application/octet-stream"


@app.post("/echo")
async def echo(request: Request) -> Response:
    """The body, as it came."""
    return Response(await request.body(), media_type="application/json")


@app.put("/files/{name}")
async def put_file(name: str, request: Request) -> Response:
    """Keep the body, durably."""
    await run_in_threadpool(_keep, FOLDER / name, await request.body())
    return Response(status_code=201)


@app.get("/files/{name}")
async def get_file(name: str) -> Response:
    """What was kept."""
    return Response(await run_in_threadpool((FOLDER / name).read_bytes), media_type=OCTETS)


def _keep(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[-1]), log_level="warning", access_log=False)
