"""The real channels say what happened: sent, later, or never; and never name a person or a secret."""

import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.integrations.delivery import Parcel, TryLater, Undeliverable
from portal.integrations.email import SmtpEmail
from portal.integrations.whatsapp import CloudWhatsApp


class _Graph(BaseHTTPRequestHandler):
    """What the Cloud API answers."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        status, answer = self.server.answers.pop(0)
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def graph():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Graph)
    server.asked, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(2)


PARCEL = Parcel("stable-1", "+62 812-345", "Kabar", "Halo Siti,\nada kabar: http://localhost/x")


def test_the_real_client_speaks_to_the_cloud_api(graph):
    graph.answers.append((200, {"messages": [{"id": "wamid.1"}]}))
    client = CloudWhatsApp(f"http://127.0.0.1:{graph.server_port}/v23.0/99", "token")
    assert client.send(PARCEL) == "wamid.1"
    ((path, login, body),) = graph.asked
    assert (path, login) == ("/v23.0/99/messages", "Bearer token")
    assert body["to"] == "62812345"
    assert body["biz_opaque_callback_data"] == "stable-1"
    assert body["text"]["body"] == PARCEL.body


def test_a_template_takes_the_text_as_one_line(graph):
    graph.answers.append((200, {"messages": [{"id": "wamid.2"}]}))
    address = f"http://127.0.0.1:{graph.server_port}/v23.0/99?template=loket_kabar"
    CloudWhatsApp(address, "token").send(PARCEL)
    template = graph.asked[0][2]["template"]
    assert template["name"] == "loket_kabar"
    assert template["components"][0]["parameters"][0]["text"] == "Halo Siti, ada kabar: http://localhost/x"


@pytest.mark.parametrize(
    "status, code, outcome",
    [
        (400, 131026, Undeliverable),
        (400, 130429, TryLater),
        (429, 4, TryLater),
        (401, 190, TryLater),
        (500, 1, TryLater),
        (200, None, TryLater),
    ],
)
def test_each_answer_means_later_or_never(graph, status, code, outcome):
    graph.answers.append((status, {"error": {"code": code}}))
    client = CloudWhatsApp(f"http://127.0.0.1:{graph.server_port}/1", "secret-token")
    with pytest.raises(outcome) as caught:
        client.send(PARCEL)
    assert "secret-token" not in str(caught.value)
    assert "812" not in str(caught.value)


def test_a_service_that_is_not_there_takes_the_whole_channel_down():
    with pytest.raises(TryLater) as caught:
        CloudWhatsApp("http://127.0.0.1:9/1", "token").send(PARCEL)
    assert caught.value.is_channel_down


class _Box:
    """An SMTP server's mailbox that may refuse recipients."""

    def __init__(self):
        self.letters, self.lines, self.refusal = [], set(), None

    async def handle_RCPT(self, server, session, envelope, address, _options):  # noqa: N802 - the library calls it so.
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the library calls it so.
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        self.lines.add(session.peer)
        return "250 OK"


@pytest.fixture
def mail_server():
    from aiosmtpd.controller import Controller

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(_Box(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller.handler, f"smtp://127.0.0.1:{port}?from=loket@example.go.id"
    controller.stop()


def test_mail_goes_out_over_one_connection_with_a_stable_id(mail_server):
    box, url = mail_server
    client = SmtpEmail(url, "https://loket.example")
    letter = Parcel("stable-2", "siti@example.com", "Kabar", "Halo Siti")
    assert client.send(letter) == "<stable-2@loket.example>"
    client.send(letter)
    client.close()
    assert [to for to, _ in box.letters] == [["siti@example.com"]] * 2
    assert len(box.lines) == 1
    assert re.search(r"^Message-ID: <stable-2@loket.example>", box.letters[0][1], re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("refusal, outcome", [("550 no", Undeliverable), ("451 later", TryLater)])
def test_a_mailbox_that_refuses_is_told_from_one_that_is_busy(mail_server, refusal, outcome):
    box, url = mail_server
    box.refusal = refusal
    client = SmtpEmail(url, "https://loket.example")
    with pytest.raises(outcome):
        client.send(Parcel("stable-3", "siti@example.com", "Kabar", "Halo"))
    client.close()


def test_no_mail_server_is_a_channel_that_is_down():
    with pytest.raises(TryLater) as caught:
        SmtpEmail("smtp://127.0.0.1:9", "https://loket.example").send(PARCEL)
    assert caught.value.is_channel_down


def test_outside_demo_and_tests_a_missing_channel_never_says_sent():
    from portal.integrations.email import NoEmail
    from portal.integrations.whatsapp import NoWhatsApp

    for client in (NoEmail(), NoWhatsApp()):
        with pytest.raises(Undeliverable, match="is not configured"):
            client.send(PARCEL)
