"""A packaged file as an answer: compressed if it gains, and not at all where the browser has it."""

from collections.abc import Mapping

from fastapi import Request, Response

from vault.web.packaged import File

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def send_file(file: File, request: Request, rules: Mapping[str, str], caching: str) -> Response:
    """The answer with this file, under these rules for browsers."""
    headers = {**rules, "cache-control": caching, "etag": file.etag, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    content = file.content
    if file.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = file.compressed, headers | {"content-encoding": "gzip"}
    return Response(content, media_type=file.media_type, headers=headers)
