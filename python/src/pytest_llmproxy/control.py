"""The control API of a running mock."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Optional

_TIMEOUT_S = 30
# Never through a proxy that the environment names: both ends are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(RuntimeError):
    """The mock refused a call; the message is the mock's own sentence."""


def call(url: str, method: str, body: Any = None, token: Optional[str] = None) -> Any:
    """One JSON call. Raises ControlError for what is refused, and when the server cannot be reached."""
    data = None if body is None else json.dumps(body).encode()
    headers = {} if data is None else {"content-type": "application/json"}
    if token is not None:
        headers["authorization"] = "Bearer " + token
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_S) as response:
            text = response.read()
    except urllib.error.HTTPError as error:
        with error:
            raise ControlError(f"{method} {url} was refused: {_message(error.read())}") from None
    except urllib.error.URLError as error:
        raise ControlError(f"cannot {method} {url}: {error.reason}; is it running?") from error
    return json.loads(text) if text else None


def _message(text: bytes) -> str:
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text.decode("utf-8", "replace")


class MockControl:
    """A mock that runs somewhere: what it answers, how it fails, and what came in."""

    def __init__(self, url: str, token: Optional[str] = None) -> None:
        #: ``http://127.0.0.1:PORT``; of a tenant with ``/t/NAME``. Anthropic's and Google's SDKs take it as base URL.
        self.url = url.rstrip("/")
        #: ``url`` and ``/v1``: what OpenAI's SDK takes as base URL.
        self.base_url = self.url + "/v1"
        self._token = token

    def control(self, method: str, name: str, body: Any = None) -> Any:
        """Any call of the control API: ``control("PUT", "strictness", {"strictness": "openai"})``."""
        return call(f"{self.url}/__mock/{name}", method, body, self._token)

    def requests(self, **filters: Any) -> "list[dict[str, Any]]":
        """What came in, oldest first. Filters: ``path``, ``model``, ``operation``, ``since`` (epoch milliseconds)."""
        query = urllib.parse.urlencode({name: value for name, value in filters.items() if value is not None})
        entries: "list[dict[str, Any]]" = self.control("GET", "journal" + ("?" + query if query else ""))["entries"]
        return entries

    def wait_for_requests(self, count: int, timeout: float = 5, **filters: Any) -> "list[dict[str, Any]]":
        """The journal once it has ``count`` entries; TimeoutError when they do not come within ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while True:
            entries = self.requests(**filters)
            if len(entries) >= count:
                return entries
            if time.monotonic() > end:
                raise TimeoutError(f"{len(entries)} of {count} requests came within {timeout} s")
            time.sleep(0.02)

    def answer(self, **rule: Any) -> None:
        """Scripts an answer: ``answer(match={"text": "weather"}, reply={"text": "Rain."}, times=1)``."""
        self.control("POST", "answers", rule)

    def fault(self, fault: Any, **rule: Any) -> None:
        """Scripts a failure: ``fault("overloaded", times=1)``, ``fault("cut;after=3", match={"stream": True})``."""
        self.control("POST", "faults", {"fault": fault, **rule})

    def script(self, script: Any) -> None:
        """Puts a script in the place of the one at work; None: no script."""
        if script is None:
            self.control("DELETE", "script")
        else:
            self.control("PUT", "script", script)

    def tenant(self, name: str) -> "MockControl":
        """The same mock with rules, journal, stored objects and limits of its own for those that use this address."""
        return MockControl(f"{self.url}/t/{urllib.parse.quote(name, safe='')}", self._token)

    def reset(self) -> None:
        """Forgets journal, rules and stored objects, and restores the settings that the mock was started with."""
        self.control("POST", "reset")
