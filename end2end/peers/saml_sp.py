#!/usr/bin/env python3
"""Two SAML service providers that nobody here wrote, python3-saml and pysaml2, asked line by line.

Each line on standard input is a command in JSON, each line on standard output its answer; it ends when standard input does. It
first says {"now": SECONDS}, the time that both libraries go by. A command names the `library`, what the service provider is
(`sp`: entity_id, acs, slo, key and certificate in PEM) and the identity provider (`idp`: its metadata), and what to `do`:

- request: make an AuthnRequest for `binding` post or redirect, signed or not, with further `options`
- response: judge a Response: {"name_id", "format", "attributes", "session_index"} or {"refused"}
- logout_request, logout_response: make one
- read_logout_request, read_logout_response: judge one

Installed by `make test` from requirements.txt into end2end/.peers.
"""

import base64
import json
import os
import sys
import tempfile
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, xmldsig
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.s_utils import error_status_factory
from saml2.saml import NameID
from saml2.samlp import STATUS_REQUEST_DENIED

BINDINGS = {"post": BINDING_HTTP_POST, "redirect": BINDING_HTTP_REDIRECT}


def body(pem):
    """The base64 of a PEM text."""
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def fields(values):
    """The fields of a form or a query as single values; it is an error if one is there twice."""
    assert all(len(value) == 1 for value in values.values()), values
    return {name: value[0] for name, value in values.items()}


class Form(HTMLParser):
    """The fields of the form on a page."""

    def __init__(self):
        super().__init__()
        self.fields = {}

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "input" and attributes.get("name"):
            assert attributes["name"] not in self.fields, attributes
            self.fields[attributes["name"]] = attributes["value"]


class OneLogin:
    """python3-saml."""

    def __init__(self, command):
        sp, options = command["sp"], command.get("options", {})
        idp = OneLogin_Saml2_IdPMetadataParser.parse(command["idp"])["idp"]
        self.data = {
            "strict": True,
            "idp": idp,
            "sp": {
                "entityId": sp["entity_id"],
                "assertionConsumerService": {"url": sp["acs"], "binding": Constants.BINDING_HTTP_POST},
                "singleLogoutService": {"url": sp["slo"], "binding": Constants.BINDING_HTTP_REDIRECT},
                "NameIDFormat": options.get("format", Constants.NAMEID_UNSPECIFIED),
                "x509cert": sp["certificate"],
                "privateKey": sp["key"],
            },
            "security": {
                "authnRequestsSigned": command.get("sign", False),
                "logoutRequestSigned": command.get("sign", False),
                "logoutResponseSigned": command.get("sign", False),
                "wantMessagesSigned": command.get("want_response_signed", False),
                "wantAssertionsSigned": command.get("want_assertion_signed", False),
                "requestedAuthnContext": options.get("classes", True),
                "requestedAuthnContextComparison": options.get("comparison", "exact"),
                "wantAttributeStatement": False,
                "rejectDeprecatedAlgorithm": True,
                "signatureAlgorithm": options.get("algorithm", Constants.RSA_SHA256),
                "digestAlgorithm": options.get("digest", Constants.SHA256),
            },
        }
        self.settings = OneLogin_Saml2_Settings(self.data)

    def auth(self, address, post=None, get=None):
        url = urlsplit(address)
        request = {
            "https": "on" if url.scheme == "https" else "off",
            "http_host": url.netloc,
            "script_name": url.path,
            "get_data": get or {},
            "post_data": post or {},
        }
        return OneLogin_Saml2_Auth(request, old_settings=self.settings)

    def request(self, command):
        options = command.get("options", {})
        force, passive = options.get("force_authn", False), options.get("is_passive", False)
        if command["binding"] == "redirect":
            auth = self.auth(command["sp"]["acs"])
            url = auth.login(return_to=command.get("relay_state"), force_authn=force, is_passive=passive)
            return {"id": auth.get_last_request_id(), "query": urlsplit(url).query}
        request = OneLogin_Saml2_Authn_Request(self.settings, force_authn=force, is_passive=passive)
        xml = request.get_xml()
        if command.get("sign"):
            sp = command["sp"]
            xml = OneLogin_Saml2_Utils.add_sign(
                xml, sp["key"], sp["certificate"], False, self.data["security"]["signatureAlgorithm"], self.data["security"]["digestAlgorithm"]
            )
            xml = xml if isinstance(xml, str) else xml.decode()
        return {"id": request.get_id(), "form": {"SAMLRequest": base64.b64encode(xml.encode()).decode(), "RelayState": command.get("relay_state", "")}}

    def response(self, command):
        auth = self.auth(command["sp"]["acs"], post={"SAMLResponse": command["message"]})
        auth.process_response(request_id=command.get("request_id"))
        if auth.get_errors():
            return {"refused": f"{auth.get_errors()}: {auth.get_last_error_reason()}"}
        return {
            "name_id": auth.get_nameid(),
            "format": auth.get_nameid_format(),
            "attributes": auth.get_attributes(),
            "session_index": auth.get_session_index(),
        }

    def logout_request(self, command):
        auth = self.auth(command["sp"]["slo"])
        url = auth.logout(
            return_to=command.get("relay_state"), name_id=command["name_id"], name_id_format=command["format"], session_index=command["session_index"]
        )
        return {"id": auth.get_last_request_id(), "query": urlsplit(url).query}

    def read_logout_response(self, command):
        get = fields(parse_qs(command["query"], keep_blank_values=True, strict_parsing=True))
        auth = self.auth(command["sp"]["slo"], get=get)
        auth.process_slo(keep_local_session=True, request_id=command["request_id"])
        return {"refused": f"{auth.get_errors()}: {auth.get_last_error_reason()}"} if auth.get_errors() else {"ok": True}

    def read_logout_request(self, command):
        """Reads a LogoutRequest and answers it."""
        get = fields(parse_qs(command["query"], keep_blank_values=True, strict_parsing=True))
        auth = self.auth(command["sp"]["slo"], get=get)
        url = auth.process_slo(keep_local_session=True)
        if auth.get_errors():
            return {"refused": f"{auth.get_errors()}: {auth.get_last_error_reason()}"}
        return {"query": urlsplit(url).query}


class PySaml2:
    """pysaml2."""

    def __init__(self, command):
        sp, options = command["sp"], command.get("options", {})
        self.folder = tempfile.TemporaryDirectory()
        self.command = command
        names = {}
        for name in ("key", "certificate"):
            names[name] = os.path.join(self.folder.name, name)
            with open(names[name], "w", encoding="ascii") as file:
                file.write(sp[name])
        config = SPConfig()
        config.load(
            {
                "entityid": sp["entity_id"],
                "key_file": names["key"],
                "cert_file": names["certificate"],
                "allow_unknown_attributes": True,
                "metadata": {"inline": [command["idp"]]},
                "service": {
                    "sp": {
                        "endpoints": {
                            "assertion_consumer_service": [(sp["acs"], BINDING_HTTP_POST)],
                            "single_logout_service": [(sp["slo"], BINDING_HTTP_POST), (sp["slo"], BINDING_HTTP_REDIRECT)],
                        },
                        "authn_requests_signed": command.get("sign", False),
                        "logout_requests_signed": command.get("sign", False),
                        "logout_responses_signed": command.get("sign", False),
                        "want_response_signed": command.get("want_response_signed", False),
                        "want_assertions_signed": command.get("want_assertion_signed", False),
                        "allow_unsolicited": command.get("request_id") is None,
                        "force_authn": options.get("force_authn", False),
                        "name_id_policy_format": options.get("format"),
                    }
                },
            }
        )
        self.client = Saml2Client(config)
        # Of a service provider's configuration the library reads neither, and signs with SHA-1.
        self.client.signing_algorithm = options.get("algorithm", xmldsig.SIG_RSA_SHA256)
        self.client.digest_algorithm = options.get("digest", xmldsig.DIGEST_SHA256)
        self.idp = list(self.client.metadata.keys())[0]

    def sent(self, ident, info):
        """What the browser is sent on with."""
        if info["method"] == "GET":
            return {"id": ident, "query": urlsplit(dict(info["headers"])["Location"]).query}
        form = Form()
        form.feed(info["data"])
        return {"id": ident, "form": form.fields}

    def request(self, command):
        options = command.get("options", {})
        extra = {}
        if "classes" in options:
            extra["requested_authn_context"] = {"authn_context_class_ref": options["classes"], "comparison": options.get("comparison", "exact")}
        if options.get("is_passive"):
            extra["is_passive"] = "true"
        ident, _, info = self.client.prepare_for_negotiated_authenticate(
            self.idp, relay_state=command.get("relay_state", ""), binding=BINDINGS[command["binding"]], sign=command.get("sign", False), **extra
        )
        return self.sent(ident, info)

    def response(self, command):
        outstanding = {command["request_id"]: "/"} if command.get("request_id") else {}
        response = self.client.parse_authn_request_response(command["message"], BINDING_HTTP_POST, outstanding=outstanding)
        if response is None:
            return {"refused": "no response"}
        info = response.session_info()
        return {
            "name_id": response.name_id.text,
            "format": response.name_id.format,
            "attributes": response.ava,
            "session_index": info["session_index"],
        }

    def logout_request(self, command):
        name = NameID(text=command["name_id"], format=command["format"])
        binding = BINDINGS[command["binding"]]
        endpoint = self.client.pick_binding("single_logout_service", [binding], "idpsso", entity_id=self.idp)[1]
        ident, request = self.client.create_logout_request(
            endpoint, self.idp, name_id=name, session_indexes=[command["session_index"]], sign=binding == BINDING_HTTP_POST
        )
        info = self.client.apply_binding(binding, str(request), endpoint, command.get("relay_state", ""), sign=True)
        return self.sent(ident, info)

    def read_logout_request(self, command):
        """Reads a LogoutRequest and answers it."""
        binding, message, extra = self.arrived(command, "SAMLRequest")
        request = self.client.parse_logout_request(message, binding, **extra)
        status = error_status_factory((STATUS_REQUEST_DENIED, "not now")) if command.get("refuse") else None
        answer = self.client.create_logout_response(request.message, [binding], status, sign=binding == BINDING_HTTP_POST)
        endpoint = self.client.pick_binding("single_logout_service", [binding], "idpsso", entity_id=self.idp)[1]
        info = self.client.apply_binding(binding, str(answer), endpoint, command.get("relay_state", ""), response=True, sign=True)
        return self.sent(request.message.id, info) | {"name_id": request.message.name_id.text}

    def read_logout_response(self, command):
        # Of an answer in an address the library looks at no signature.
        binding, message, _ = self.arrived(command, "SAMLResponse")
        self.client.state = {command["request_id"]: {"entity_id": self.idp}}
        response = self.client.parse_logout_request_response(message, binding)
        return {"ok": True} if response and response.response.in_response_to == command["request_id"] else {"refused": "no response"}

    def arrived(self, command, name):
        if "form" in command:
            return BINDING_HTTP_POST, command["form"][name], {}
        query = fields(parse_qs(command["query"], keep_blank_values=True, strict_parsing=True))
        signed = {"sigalg": query.get("SigAlg"), "signature": query.get("Signature"), "relay_state": query.get("RelayState")}
        return BINDING_HTTP_REDIRECT, query[name], signed


LIBRARIES = {"python3-saml": OneLogin, "pysaml2": PySaml2}


def answer(command):
    try:
        return getattr(LIBRARIES[command["library"]](command), command["do"])(command)
    except Exception as error:  # Both libraries refuse with exceptions of many kinds.
        return {"refused": f"{type(error).__name__}: {error}"}


def main():
    print(json.dumps({"now": int(time.time())}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
