"""Virus scanning: a ClamAV daemon over its unix socket, and a twin that knows the EICAR test string."""

import re
import socket
from pathlib import Path
from typing import Protocol

PIECE = 64 * 1024
ANSWER_LIMIT = 4096
# In two halves, so that this source file itself is not taken for the test virus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ScannerUnavailable(Exception):
    """The scanner gave no usable answer; the caller decides whether the file waits or is refused."""


class Scanner(Protocol):
    """Looks at bytes and names what it finds."""

    def scan(self, content: bytes) -> str | None:
        """Name of the virus, or None for a clean file; raises ScannerUnavailable."""


class ClamdScanner:
    """The real scanner: one connection a file, command INSTREAM (clamd protocol, man clamd).

    timeout: seconds to wait for each step of the connection.
    """

    def __init__(self, socket_path: str | Path, timeout: float = 10.0) -> None:
        self._path = str(socket_path)
        self._timeout = timeout

    def scan(self, content: bytes) -> str | None:
        """See Scanner.scan."""
        try:
            answer = self._ask(content)
        except OSError as failure:
            raise ScannerUnavailable(f"The virus scanner did not answer: {failure}.") from failure
        if answer == "stream: OK":
            return None
        found = re.fullmatch(r"stream: (.+) FOUND", answer)
        if not found:
            # Such as `INSTREAM size limit exceeded. ERROR`: nothing was said about the file.
            raise ScannerUnavailable(f"The virus scanner gave no verdict: {answer[:100]!r}.")
        return found[1]

    def _ask(self, content: bytes) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(self._timeout)
            line.connect(self._path)
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), PIECE):
                piece = content[start : start + PIECE]
                line.sendall(len(piece).to_bytes(4, "big") + piece)
            line.sendall(bytes(4))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < ANSWER_LIMIT and (more := line.recv(1024)):
                answer += more
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


class EicarScanner:
    """The twin: finds the harmless test string that every scanner agrees on; can be told to be out of order."""

    def __init__(self, *, is_working: bool = True) -> None:
        self.is_working = is_working

    def scan(self, content: bytes) -> str | None:
        """See Scanner.scan."""
        if not self.is_working:
            raise ScannerUnavailable("The virus scanner is switched off.")
        return "Eicar-Test-Signature" if EICAR in content else None
