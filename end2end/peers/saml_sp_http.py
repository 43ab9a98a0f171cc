#!/usr/bin/env python3
"""A SAML service provider over HTTP around one of the libraries of saml_sp.py; started by saml_sp.sh, which says how."""

import base64
import json
import sys
import zlib
import xml.etree.ElementTree as ElementTree
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor

from saml_sp import LIBRARIES

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
LIBRARY, PORT, DIR, OPTIONS = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4])
BASE = f"http://127.0.0.1:{PORT}"
SP = {
    "entity_id": f"{BASE}/metadata",
    "acs": f"{BASE}/acs",
    "slo": f"{BASE}/slo",
    "key": (DIR / "key.pem").read_text(),
    "certificate": (DIR / "certificate.pem").read_text(),
}
SIGNS = OPTIONS.get("sign", False)

# What waits for an answer, and who is signed on: there is one browser.
PENDING = set()
SESSION = {}


def metadata():
    """What the library says of itself."""
    if LIBRARY == "pysaml2":
        config = SPConfig()
        config.load(
            {
                "entityid": SP["entity_id"],
                "key_file": str(DIR / "key.pem"),
                "cert_file": str(DIR / "certificate.pem"),
                "service": {
                    "sp": {
                        "endpoints": {
                            "assertion_consumer_service": [(SP["acs"], BINDING_HTTP_POST)],
                            "single_logout_service": [(SP["slo"], BINDING_HTTP_REDIRECT), (SP["slo"], BINDING_HTTP_POST)],
                        },
                        "authn_requests_signed": SIGNS,
                        "want_assertions_signed": True,
                    }
                },
            }
        )
        return str(entity_descriptor(config))
    settings = OneLogin_Saml2_Settings(
        {
            "strict": True,
            "sp": {
                "entityId": SP["entity_id"],
                "assertionConsumerService": {"url": SP["acs"], "binding": Constants.BINDING_HTTP_POST},
                "singleLogoutService": {"url": SP["slo"], "binding": Constants.BINDING_HTTP_REDIRECT},
                "x509cert": SP["certificate"],
                "privateKey": SP["key"],
            },
            "security": {"authnRequestsSigned": SIGNS, "wantAssertionsSigned": True},
        },
        sp_validation_only=True,
    )
    text = settings.get_sp_metadata()
    return text if isinstance(text, str) else text.decode()


def idp():
    return (DIR / "idp.xml").read_text()


def idp_address(service, binding):
    suffix = "HTTP-Redirect" if binding == "redirect" else "HTTP-POST"
    for element in ElementTree.fromstring(idp()).iter(f"{MD}{service}"):
        if element.get("Binding").endswith(suffix):
            return element.get("Location")
    raise LookupError(f"the identity provider has no {service} by {binding}")


def ask(what, **more):
    """Asks the library, as saml_sp.py does."""
    command = {"library": LIBRARY, "do": what, "sp": SP, "idp": idp(), "sign": SIGNS, "options": {}, **OPTIONS, **more}
    try:
        return getattr(LIBRARIES[LIBRARY](command), what)(command)
    except Exception as error:  # Both libraries refuse with exceptions of many kinds.
        return {"refused": f"{type(error).__name__}: {error}"}


def document(binding, message):
    """A message as XML, unjudged."""
    data = base64.b64decode(message)
    return ElementTree.fromstring(zlib.decompress(data, -15) if binding == "redirect" else data)


class Handler(BaseHTTPRequestHandler):
    def reply(self, status, body, kind="application/json", location=None):
        data = body.encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def say(self, answer):
        self.reply(403 if "refused" in answer else 200, json.dumps(answer))

    def send_on(self, service, binding, sent):
        """To the identity provider, in the way that the library chose."""
        if "refused" in sent:
            return self.say(sent)
        if "id" in sent:
            PENDING.add(sent["id"])
        if "query" in sent:
            address = idp_address(service, "redirect")
            return self.reply(302, "", location=f"{address}?{sent['query']}")
        hidden = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in sent["form"].items())
        address = idp_address(service, "post")
        return self.reply(200, f'<form method="post" action="{escape(address)}">{hidden}<button>Go</button></form>', "text/html")

    def do_GET(self):
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/":
            self.say(SESSION)
        elif url.path == "/metadata":
            self.reply(200, metadata(), "application/samlmetadata+xml")
        elif url.path == "/login":
            binding = query.get("binding", "redirect")
            self.send_on("SingleSignOnService", binding, ask("request", binding=binding, relay_state=query.get("relay", "there")))
        elif url.path == "/logout":
            binding = query.get("binding", "redirect")
            who = {name: SESSION[name] for name in ("name_id", "format", "session_index")}
            self.send_on("SingleLogoutService", binding, ask("logout_request", binding=binding, relay_state="bye", sign=True, **who))
        elif url.path == "/slo":
            self.slo("redirect", query, {"query": url.query})
        else:
            self.reply(404, "{}")

    def slo(self, binding, fields, arrived):
        relay_state = fields.get("RelayState", "")
        if "SAMLRequest" in fields:
            if OPTIONS.get("logout") == "silent":
                return self.say({"silent": True})
            refuses = OPTIONS.get("logout") == "refuse"
            sent = ask("read_logout_request", sign=True, refuse=refuses, relay_state=relay_state, **arrived)
            if "refused" not in sent:
                if not refuses:
                    SESSION.clear()
                sent.pop("id", None)
            return self.send_on("SingleLogoutService", binding, sent)
        try:
            response = document(binding, fields["SAMLResponse"])
        except Exception as error:
            return self.say({"refused": f"no response: {error}"})
        request = response.get("InResponseTo")
        if request not in PENDING:
            return self.say({"refused": "it answers no request of this service provider"})
        answer = ask("read_logout_response", request_id=request, **arrived)
        if "refused" not in answer:
            SESSION.clear()
            PENDING.discard(request)
            codes = [code.get("Value").rsplit(":", 1)[1] for code in response.iter(f"{SAMLP}StatusCode")]
            answer |= {"codes": codes, "relay_state": relay_state}
        return self.say(answer)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        path = urlsplit(self.path).path
        if path == "/slo":
            return self.slo("post", fields, {"form": fields})
        if path != "/acs":
            return self.reply(404, "{}")
        message = fields.get("SAMLResponse", "")
        try:
            request = document("post", message).get("InResponseTo")
        except Exception as error:
            return self.say({"refused": f"no response: {error}"})
        if request is not None and request not in PENDING:
            return self.say({"refused": "it answers no request of this service provider"})
        answer = ask("response", message=message, request_id=request, want_assertion_signed=True, want_response_signed=True)
        if "refused" not in answer:
            PENDING.discard(request)
            SESSION.clear()
            SESSION.update(answer, relay_state=fields.get("RelayState"))
        return self.say(answer | {"relay_state": fields.get("RelayState")})


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
