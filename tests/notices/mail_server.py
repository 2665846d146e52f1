"""A mail server on loopback that speaks just enough SMTP, with TLS, accounts and refusals; and a certificate for it."""

from __future__ import annotations

import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Talk(socketserver.StreamRequestHandler):
    """One conversation; `self.server.mine` is the `MailServer`."""

    def handle(self):
        try:
            if self.server.mine.implicit:
                self.secured()
            while line := self.rfile.readline().decode() if self.greeted() else "":
                self.server.mine.said.append(line.strip())
                if not getattr(self, line.split()[0].lower(), self.other)():
                    return
        except (OSError, ValueError):
            """The client went away, or wanted no such certificate."""
        finally:
            self.request.close()

    def greeted(self):
        if not hasattr(self, "hello"):
            self.hello = self.answer("220 mail.example.fr")
        return True

    def secured(self):
        self.request = self.server.mine.context.wrap_socket(self.request, server_side=True)
        self.setup()

    def answer(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        return True

    def ehlo(self):
        mine = self.server.mine
        return self.answer(
            "250-mail.example.fr",
            "250-AUTH PLAIN",
            "250 STARTTLS" if mine.context and not mine.implicit else "250 HELP",
        )

    def starttls(self):
        self.answer("220 go on")
        self.secured()
        return True

    def auth(self):
        return self.answer("235 welcome")

    def data(self):
        self.answer("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        mine = self.server.mine
        if mine.refuse is None:
            mine.messages.append(b"".join(lines))
        return self.answer(mine.refuse or "250 taken")

    def quit(self):
        self.answer("221 bye")
        return False

    def other(self):
        return self.answer("250 fine")


class MailServer:
    """Takes messages from `with` to the end of its block. `refuse` is an answer to every message, e.g. `554 no`."""

    def __init__(self, context=None, *, implicit=False, refuse=None):
        self.messages, self.said = [], []
        self.context, self.implicit, self.refuse = context, implicit, refuse
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.mine = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def certified(folder):
    """A context of a server at 127.0.0.1, and the file of the authority that vouches for it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.fr")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    lock = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))
    (folder / "authority.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "authority.pem", folder / "key.pem")
    return context, folder / "authority.pem"
