"""Hear what happens at a vault: python webhook_listener.py URL MEMORY [PORT].

It listens on this machine, so it works with a sandbox as it is; a live vault wants an https
address on the Internet, behind which the same few lines stand.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from planetvault import FileMemory, Partner, verify_webhook
from planetvault.errors import WebhookRefused

BODY_BYTES_MAX = 65_536


def listener(secret: str, port: int) -> ThreadingHTTPServer:
    """A server that prints each event once; one that sends events twice or forged gets what it deserves."""
    seen: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("content-length", 0)), BODY_BYTES_MAX))
            try:
                event = verify_webhook(body, dict(self.headers.items()), secret)
            except WebhookRefused as error:
                print(f"refused: {error}", file=sys.stderr)
                self.send_response(400)
            else:
                if event.name not in seen:
                    seen.add(event.name)
                    print(f"{event.time:%H:%M:%S} {event.kind} {dict(event.data)}", flush=True)
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print events alone."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(url: str, memory: str, port: str = "8099") -> None:
    """Listen, have a ping sent, and print what comes."""
    with Partner.open(url, FileMemory(memory)) as partner:
        endpoint = partner.listen(f"http://127.0.0.1:{port}/planetvault")
        with listener(endpoint.secret, int(port)) as server:
            partner.ping(endpoint)
            server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
