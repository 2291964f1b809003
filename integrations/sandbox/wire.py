"""The listening socket: HTTP/1.1 with connections kept alive, one write per answer, no delay."""

import contextlib
import select
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from integrations.sandbox.faults import Dropped, Truncated
from integrations.sandbox.routing import HOSTS, Answer, BadBody, Headers, Request

if TYPE_CHECKING:
    from integrations.sandbox.server import Sandbox

LARGEST_BODY = 32 * 1024 * 1024


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 65536
    server: "_Server"

    def answer_request(self) -> None:
        sandbox = self.server.sandbox
        request = self._request()
        answer: Answer | None
        half = False
        try:
            answer = sandbox.answer(request, self._gone)
        except Dropped:
            answer = None
        except Truncated as fault:
            answer, half = fault.answer, True
        body = answer.rendered() if answer else b""
        if request.host in HOSTS:
            sandbox.calls.count(request, answer, len(body), bodies=sandbox.switches.log_bodies)
            if answer is not None and not half:
                for observer in list(sandbox.observers):
                    observer(request, answer)
        if answer is None:
            self._hang_up()
        else:
            self._send(answer, body, half)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer_request

    def _request(self) -> Request:
        path, _, query = self.path.partition("?")
        prefix, _, rest = path.lstrip("/").partition("/")
        if prefix not in HOSTS and prefix != "control":
            prefix, rest = "page", path.lstrip("/")
        return Request(
            self.command,
            prefix,
            "/" + unquote(rest),
            parse_qsl(query, keep_blank_values=True),
            Headers(self.headers.items()),
            self._read(),
        )

    def _read(self) -> bytes:
        if "chunked" in (self.headers.get("transfer-encoding") or "").lower():
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(min(length, LARGEST_BODY)) if length else b""

    def _send(self, answer: Answer, body: bytes, half: bool) -> None:
        headers = {"Content-Type": answer.kind(), **answer.headers}
        if not body:
            headers.pop("Content-Type", None)
        if answer.status != 204:
            headers["Content-Length"] = str(len(body))
        headers["Date"] = self.date_time_string()
        reason = self.responses.get(answer.status, ("",))[0]
        head = f"HTTP/1.1 {answer.status} {reason}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        if half:
            body = body[: len(body) // 2]
        # Head and body in one write: two would wait for each other (Nagle and delayed acknowledgement).
        self.wfile.write(head.encode("latin-1", "replace") + (b"" if self.command == "HEAD" else body))
        if half:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _gone(self) -> bool:
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; calls are counted and logged by the sandbox."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    block_on_close = False

    def __init__(self, sandbox: "Sandbox", port: int) -> None:
        self.sandbox = sandbox
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, BadBody):
            super().handle_error(request, client_address)


class Listener:
    """The server in its thread; `port` is the one it listens on."""

    def __init__(self, sandbox: "Sandbox", port: int) -> None:
        self._server = _Server(sandbox, port)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting and end every open connection."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
