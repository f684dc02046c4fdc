"""The Nautobot that is loaded: plain rows in and out.

pynautobot turns every JSON object of an answer into a Record, also the data of a config context or a dynamic group's filter,
and can't turn it back. Its Request class carries the rows as they are, with paging, so that is what we use.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pynautobot
import requests
from pynautobot.core.query import ContentError, Request, RequestError

from .errors import LoadError
from .kinds import Kind

Row = dict[str, Any]
_CHUNK = 40  # values of one filter in one URL


class Server:
    """Reads, creates and updates; there is no method that deletes."""

    def __init__(self, url: str, token: str, verify: bool = True) -> None:
        self._api = pynautobot.api(url, token=token, verify=verify)
        self._api.http_session.request = functools.partial(self._api.http_session.request, timeout=60)
        self.url = url
        status = self._call(lambda: self._api.status(), "the server's status")
        self.version = tuple(int(part) for part in re.findall(r"\d+", status.get("nautobot-version", ""))[:2])

    def find(self, kind: Kind, field: str = "", values: Sequence[str] = (), **also: str) -> Iterator[Row]:
        """The rows of a kind: all, or those whose `field` has one of the values (and other fields one value each)."""
        for start in range(0, len(values) if field else 1, _CHUNK):
            filters = {field: list(values[start : start + _CHUNK])} if field else {}
            # The many-to-many fields are left out by default since Nautobot 3.0.
            request = self._request(kind, filters | also | {"exclude_m2m": "false", "limit": 500})
            yield from self._call(request.get, f"reading {kind.section}")

    def create(self, kind: Kind, data: Row) -> Row:
        return self._call(lambda: self._request(kind).post(data), "")

    def update(self, kind: Kind, id: str, data: Row) -> Row:
        return self._call(lambda: self._request(kind, key=id).patch(data), "")

    def _request(self, kind: Kind, filters: Row | None = None, key: str | None = None) -> Request:
        return Request(
            base=f"{self._api.base_url}/{kind.endpoint}",
            http_session=self._api.http_session,
            token=self._api.token,
            filters=filters,
            key=key,
        )

    def _call(self, call: Any, what: str) -> Any:
        prefix = f"{what}: " if what else ""
        try:
            return call()
        except RequestError as error:
            raise LoadError(prefix + _words(error.req)) from None
        except ContentError:
            raise LoadError(f"{prefix}{self.url} did not answer with JSON; is it a Nautobot?") from None
        except requests.RequestException as error:
            raise LoadError(f"{prefix}can't reach {self._api.base_url}: {error}") from None


def _words(response: requests.Response) -> str:
    """What the server says is wrong, as `field: words; field: words`."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.status_code in (401, 403):
        detail = body.get("detail") if isinstance(body, dict) else response.reason
        return f"the token lacks the right to do this (HTTP {response.status_code}: {detail})"
    if isinstance(body, dict) and body:
        return "; ".join(f"{name}: {_flat(value)}" for name, value in body.items())
    if isinstance(body, list) and body:
        return _flat(body)
    return f"HTTP {response.status_code} {response.reason} from {response.url}"


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_flat(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_flat(item)}" for name, item in value.items())
    return str(value)
