"""Who is spoken to is proven, whatever the environment says; a proxy sees where to, and nothing else."""

from __future__ import annotations

import ast
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pdp_bridge.errors import PlatformUnavailable, SourceUnavailable
from pdp_bridge.source.facturation_pro.client import Client as SourceClient
from pdp_bridge.transmission.iopole.client import Client as PlatformClient

PACKAGE = Path(__file__).parents[1] / "pdp_bridge"
CUSTOMER = "01981cb1-17f4-7681-a60a-d669edc44e75"
KEY, SECRET = "k3y-never-shown", "s3cret-never-shown"


class Listener:
    """Keeps every byte that reaches it in plain words; as a proxy it opens no way."""

    def __init__(self, context=None):
        self.heard = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                listener.heard.append(f"{self.requestline}\n{self.headers}")
                self.send_response(403)
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_CONNECT = answer  # noqa: N815 - as the base class names them

            def log_message(self, *arguments):
                """Silence."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *arguments):
                """A handshake that the client broke off."""

        self.server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def own_certificate(tmp_path):
    """A certificate for this machine that nobody vouches for but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def source(root):
    return SourceClient(
        base_url=root,
        api_id="1",
        api_key=KEY,
        firm_id=77,
        user_agent="pdp_bridge (test@example.fr)",
        retry_first_seconds=0,
        sleep=lambda _seconds: None,
    )


def platform(root):
    return PlatformClient(
        base_url=root,
        auth_url=root,
        client_id="c",
        client_secret=SECRET,
        customer_id=CUSTOMER,
        retry_first_seconds=0,
        sleep=lambda _seconds: None,
    )


def fail(root):
    """Both clients, and a deposit: nothing was accepted, and that is known."""
    with source(root) as client, pytest.raises(SourceUnavailable, match=r"ConnectError|ProxyError"):
        client.account()
    with platform(root) as client, pytest.raises(PlatformUnavailable, match=r"ConnectError|ProxyError"):
        client.send_invoice("a.pdf", b"%PDF", "application/pdf")


@pytest.mark.parametrize(
    "variable", [None, "PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]
)
def test_a_service_that_proves_nothing_hears_nothing(own_certificate, monkeypatch, variable):
    if variable:
        value = str(own_certificate) if variable == "SSL_CERT_FILE" else "0" if "VERIFY" in variable else ""
        monkeypatch.setenv(variable, value)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate)
    with Listener(context) as listener:
        fail(f"https://127.0.0.1:{listener.port}")
        assert listener.heard == []
        httpx.get(f"https://127.0.0.1:{listener.port}", verify=False, trust_env=False)  # noqa: S501 - it does listen
    assert len(listener.heard) == 1


def test_a_proxy_sees_where_to_and_nothing_else(monkeypatch):
    with Listener() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        fail("https://service.test")
    assert proxy.heard
    assert {words.split("\n")[0] for words in proxy.heard} == {"CONNECT service.test:443 HTTP/1.1"}
    told = "".join(proxy.heard).lower()
    assert "authorization" not in told
    assert KEY not in told
    assert SECRET not in told


def test_this_machine_is_not_asked_for_through_a_proxy(monkeypatch):
    with Listener() as proxy, Listener() as service:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        with source(f"http://127.0.0.1:{service.port}") as client, pytest.raises(Exception, match="lacks the right"):
            client.account()
    assert proxy.heard == []
    assert len(service.heard) == 1


def is_false(node):
    return isinstance(node, ast.Constant) and node.value is False


def test_nothing_in_the_package_loosens_tls():
    """No switch exists: neither an argument of a call, nor a context of our own."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            given = node.keywords if isinstance(node, ast.Call) else ()
            keywords = {each.arg for each in given if not (each.arg == "follow_redirects" and is_false(each.value))}
            names = {node.attr} if isinstance(node, ast.Attribute) else set()
            imported = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            wrong = (keywords & {"verify", "ssl_context", "follow_redirects"}) | (names & {"CERT_NONE"})
            wrong |= names & {"_create_unverified_context", "check_hostname"}
            if path != PACKAGE / "notices" / "channels.py":  # SMTP is given the usual context, which verifies
                wrong |= imported & {"ssl"}
            found += [f"{path.relative_to(PACKAGE)}:{node.lineno} {name}" for name in wrong]
    assert found == []
