"""A small S3 server of this process, for tests: it lists with milliseconds, without zeros at the end, and tells whole seconds of an object."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

CHANGED = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=UTC)


class Store(ThreadingHTTPServer):
    """One bucket, ``bucket``: objects by key, and who asked for what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.asked: list[str] = []

    @property
    def options(self) -> str:
        return f"?endpoint_override=127.0.0.1:{self.server_port}&scheme=http&region=us-east-1"

    def put(self, key: str, data: bytes, changed: datetime = CHANGED) -> None:
        self.objects[key] = (data, changed)


class Asked(BaseHTTPRequestHandler):
    """HEAD and GET of objects, and ListObjectsV2."""

    server: Store
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is sent whole: in pieces, each waits for the other side

    def do_HEAD(self) -> None:
        self._object(body=False)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if "list-type" in parts.query:
            self._list({name: one[0] for name, one in parse_qs(parts.query).items()})
        else:
            self._object(body=True)

    def _object(self, *, body: bool) -> None:
        self.server.asked.append(self.headers.get("Authorization", ""))
        key = unquote(urlsplit(self.path).path).removeprefix("/bucket").lstrip("/")
        if key not in self.server.objects:
            self._send(404, b"", {})
            return
        data, changed = self.server.objects[key]
        told = {"Last-Modified": format_datetime(changed, usegmt=True), "ETag": f'"{len(data)}"'}
        first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if first:
            end = min(int(last), len(data) - 1)
            told["Content-Range"] = f"bytes {first}-{end}/{len(data)}"
            data = data[int(first) : end + 1]
        self._send(206 if first else 200, data, told, body=body)

    def _list(self, asked: dict[str, str]) -> None:
        prefix = asked.get("prefix", "")
        found = [(key, *one) for key, one in sorted(self.server.objects.items()) if key.startswith(prefix)]
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(data)}</Size>"
            f"<LastModified>{changed.isoformat(timespec='milliseconds')[:23].rstrip('0')}Z</LastModified></Contents>"
            for key, data, changed in found
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>bucket</Name>'
            f"<KeyCount>{len(found)}</KeyCount><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        )
        self._send(200, text.encode(), {"Content-Type": "application/xml"})

    def _send(self, status: int, data: bytes, told: dict[str, str], *, body: bool = True) -> None:
        self.send_response(status)
        for name, value in {**told, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def s3() -> Iterator[Store]:
    """Yield a server that runs until the block ends."""
    with Store() as store:
        thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()
