"""The least a route can do: read a body and send it back. What a use is measured against."""

from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.post("/echo")
async def echo(request: Request) -> Response:
    """The body, as it came."""
    return Response(await request.body(), media_type="application/json")
