"""A BSrE client service on a local port: API v2 in front of the demo signer, with failures on demand."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from portal.integrations.demo_signer import DemoSigner
from portal.integrations.signer import Secret, SignerRefused

USER, PASSWORD = "loket", "sandi-layanan"
ERRORS = {
    "passphrase": (401, "Passphrase anda salah"),
    "certificate": (400, "Status sertifikat user tidak ISSUE"),
    "not_pdf": (400, "File bukan PDF"),
}


class EsignServer(ThreadingHTTPServer):
    """Holds what the test asks for; `mishaps` are taken one by one by the next calls."""

    daemon_threads = True

    def __init__(self, signer: DemoSigner) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.signer = signer
        self.mishaps: list[str] = []
        self.asked: list[tuple[str, dict]] = []
        self.released = threading.Event()

    @property
    def url(self) -> str:
        """Where the service listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers as the service does."""

    server: EsignServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        expected = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != expected:
            return self._answer(401, {"error": "unauthorized"}, {"WWW-Authenticate": "Basic"})
        if self.server.mishaps:
            return self._mishap(self.server.mishaps.pop(0))
        reference = body.get("nik") or body.get("email")
        if self.path == "/api/v2/user/check/status":
            return self._answer(200, {"status": self.server.signer.status(reference)})
        if self.path == "/api/v2/sign/pdf":
            return self._sign(reference, body)
        return self._answer(404, {"error": "tidak ada"})

    def _sign(self, reference: str, body: dict) -> None:
        properties = body["signatureProperties"][0]
        try:
            signed = self.server.signer.sign(
                base64.b64decode(body["file"][0]),
                reference,
                Secret(body["passphrase"]),
                reason=properties["reason"],
                location=properties["location"],
            )
        except SignerRefused as refusal:
            code, text = ERRORS[refusal.cause]
            return self._answer(code, {"error": text})
        return self._answer(200, {"time": 12, "file": [base64.b64encode(signed).decode()]})

    def _mishap(self, kind: str) -> None:
        if kind == "silence":
            self.server.released.wait(5)
            self.close_connection = True
        elif kind == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"file":')
            self.close_connection = True
        elif kind == "busy":
            self._answer(429, {"error": "terlalu banyak"}, {"Retry-After": "7"})
        elif kind == "redirect":
            self._answer(302, {}, {"Location": f"{self.server.url}/elsewhere"})
        elif kind == "not-json":
            self._answer(200, None)
        elif kind == "not-pdf":
            self._answer(200, {"file": [base64.b64encode(b"<html>maaf</html>").decode()]})
        elif kind == "unsigned":
            self._answer(200, {"file": [base64.b64encode(b"%PDF-1.7 tanpa tanda tangan").decode()]})
        else:
            self._answer(int(kind), {"error": "galat"})

    def _answer(self, code: int, body: dict | None, headers: dict | None = None) -> None:
        content = json.dumps(body).encode() if body is not None else b"<html>"
        self.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def esign_server(signer: DemoSigner):
    """The service while the block runs."""
    server = EsignServer(signer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=2)
