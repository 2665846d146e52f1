"""OAuth2 client credentials as an httpx auth flow, over authlib's protocol core (RFC 6749 §4.4).

The token lives as long as `expires_in` says, less a margin; without it, for one request. No scope is sent: the API has
none (iopole-api.md §1). authlib's own httpx client is not used: from 1.9 it asks for another HTTP library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.auth import ClientAuth, TokenAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from pdp_bridge.errors import PlatformError, without_frames
from pdp_bridge.transmission.iopole import mapping

TOKEN_PATH = "/realms/iopole/protocol/openid-connect/token"  # noqa: S105 - a path

MARGIN = 30.0
"""Seconds before its end from which a token is not used any more; half its life when that is shorter."""


class ClientCredentials(httpx.Auth):
    """Signs requests; fetches, keeps and renews the token. Neither `repr` nor errors show a secret.

    Raises `PlatformRefused` when the credentials are refused and `PlatformUnavailable` when no token can be had: in
    both cases the request itself was not sent.
    """

    requires_response_body = True

    def __init__(self, client_id: str, client_secret: str, *, monotonic: Callable[[], float]) -> None:
        """`token_url` is set before the first request."""
        self.token_url = httpx.URL(TOKEN_PATH)
        self._secret = client_secret
        self._credentials = ClientAuth(client_id, client_secret, "client_secret_post")
        self._monotonic = monotonic
        self._token: TokenAuth | None = None
        self._good_until = 0.0

    def __repr__(self) -> str:
        return f"ClientCredentials({self.token_url.host})"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Token when needed, the request, and once more with a new token when the answer is 401."""
        token = self._cached() or (yield from self._fetched(request))
        response = yield self._signed(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            if self._token is token:
                self._token = None
            token = self._cached() or (yield from self._fetched(request))
            yield self._signed(request, token)

    def redacted(self, response: httpx.Response) -> bytes:
        """An error answer without the secret and the token of its request, should the service repeat them."""
        token = response.request.headers.get("Authorization", "").removeprefix("Bearer ")
        content = response.content
        for hidden in (self._secret, quote_plus(self._secret), token):
            if hidden:
                content = content.replace(hidden.encode(), b"...")
        return content

    def _cached(self) -> TokenAuth | None:
        return self._token if self._monotonic() < self._good_until else None

    def _fetched(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, TokenAuth]:
        response = yield self._token_request(request)
        answer = self._understood(response)
        token = TokenAuth({"access_token": answer.access_token, "token_type": "Bearer"})
        if answer.lifetime is not None:
            self._token = token
            self._good_until = self._monotonic() + answer.lifetime - min(MARGIN, answer.lifetime / 2)
        return token

    def _understood(self, response: httpx.Response) -> mapping.Token:
        """Raises `PlatformRefused` or `PlatformUnavailable`, without the frames that read the token."""
        try:
            content = response.content if response.is_success else self.redacted(response)
            return mapping.token(response.status_code, content, response.headers)
        except PlatformError as error:
            del content
            raise without_frames(error) from None

    def _token_request(self, request: httpx.Request) -> httpx.Request:
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        body = prepare_token_request("client_credentials", "")
        url, headers, body = self._credentials.prepare("POST", str(self.token_url), headers, body)
        # A request made by an auth flow has no timeout of its own: it takes that of the request it serves.
        timeout = {key: value for key, value in request.extensions.items() if key == "timeout"}
        return httpx.Request("POST", url, headers=headers, content=body, extensions=timeout)

    def _signed(self, request: httpx.Request, token: TokenAuth) -> httpx.Request:
        headers: dict[str, Any] = token.prepare(str(request.url), {}, None)[1]
        request.headers.update(headers)
        return request
