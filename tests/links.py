"""A network that can be cut: a relay on the loopback between a client and its server, TCP or the socket of PostgreSQL.

Cut is not closed: what is written waits in the network, as it does while routers drop packets and the kernels send
them again. Healed in time, it arrives, late. `forget` is what comes after too long a cut: the kernels give up, each end
for itself, and what was under way is lost.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import Self

BLOCK = 65_536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, nothing more is delivered


class Link:
    """Relays to `upstream` (host and port, or the path of a socket) from `port` on."""

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self._there, self._back = threading.Event(), threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listening.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._threads: list[threading.Thread] = []
        self._words: tuple[bytes, ...] = ()
        self._over = False
        self.struck = threading.Event()  # the words were said, and answers are held since
        self.heal()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._over = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.forget()
        self.heal()
        for thread in self._threads:
            thread.join(timeout=10)

    def cut(self, *, there: bool = True, back: bool = True) -> None:
        """Nothing passes: to the server, back from it."""
        if there:
            self._there.clear()
        if back:
            self._back.clear()

    def cut_answers_at(self, *words: bytes) -> None:
        """Once one connection has said these, one after the other, the last still arrives and no answer comes back."""
        self.struck.clear()
        self._words = words

    def heal(self) -> None:
        """What waited passes."""
        self._words = ()
        self._there.set()
        self._back.set()

    def forget(self, *, client: bool = True, server: bool = True) -> None:
        """The kernel of that end gives its connections up."""
        for near, far in self._pairs:
            for end in [near] * client + [far] * server:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)  # whoever relays wakes up, and closes it
        if client and server:
            self._pairs.clear()

    # -- private -----------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._over:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._relay, args=(near,), daemon=True))
            self._threads[-1].start()

    def _relay(self, near: socket.socket) -> None:
        with near:
            self._there.wait()  # who connects while it is cut hears nothing
            try:
                far = self._connected()
            except OSError:
                return
            with far:
                self._pairs.append((near, far))
                back = threading.Thread(target=self._pump, args=(far, near, self._back), daemon=True)
                back.start()
                self._pump(near, far, self._there)
                back.join()

    def _connected(self) -> socket.socket:
        if isinstance(self._upstream, str):
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._upstream)
            return far
        return socket.create_connection(self._upstream)

    def _pump(self, source: socket.socket, target: socket.socket, open_: threading.Event) -> None:
        said = 0
        try:
            while block := source.recv(BLOCK):
                if open_ is self._there and self._words:
                    said += self._words[said] in block
                    if said == len(self._words):
                        self._words = ()
                        self._back.clear()
                        self.struck.set()
                open_.wait()
                target.sendall(block)
        except OSError:
            pass
        finally:
            open_.wait()  # the end of a connection travels as any other word does
            with suppress(OSError):
                target.shutdown(socket.SHUT_WR)
