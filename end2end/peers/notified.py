"""A mail server and a webhook receiver, told what to do by a file; see notified.sh."""

import json
import pathlib
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

smtp_port, http_port, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])


def settings():
    return json.loads((folder / "peer.json").read_text())


def note(name, what):
    with open(folder / name, "a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if refusal := settings().get("refuse"):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        note(
            "mail.jsonl",
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "text": envelope.content.decode("utf-8"),
                "secure": server.transport.get_extra_info("ssl_object") is not None,
                "user": session.auth_data.decode() if session.auth_data else None,
            },
        )
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    now = settings()
    good = (data.login.decode(), data.password.decode()) == (now.get("username"), now.get("password"))
    return AuthResult(success=good, handled=False, auth_data=data.login if good else None)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        now = settings()
        try:
            Webhook(now["secret"]).verify(body, {name.lower(): value for name, value in self.headers.items()})
            verified = True
        except WebhookVerificationError:
            verified = False
        status = now.get("status", 204)
        note("calls.jsonl", {"id": self.headers["webhook-id"], "verified": verified, "status": status, "body": json.loads(body)})
        self.send_response(status)
        self.end_headers()
        if status >= 300:
            self.wfile.write(b"come back later")

    def log_message(self, *_):
        pass


start = settings()
context = None
if start["security"] != "none":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(start["certificate"], start["key"])
signs_on = "username" in start
controller = Controller(
    Handler(),
    hostname="127.0.0.1",
    port=smtp_port,
    ssl_context=context if start["security"] == "tls" else None,
    tls_context=context if start["security"] == "starttls" else None,
    require_starttls=start["security"] == "starttls",
    authenticator=authenticate if signs_on else None,
    auth_required=signs_on,
    auth_require_tls=start["security"] == "starttls",
)
# With TLS from the first byte the library's own probe of the port would have to trust the certificate.
controller._trigger_server = lambda: None
controller.start()
server = ThreadingHTTPServer(("127.0.0.1", http_port), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
threading.Event().wait()
