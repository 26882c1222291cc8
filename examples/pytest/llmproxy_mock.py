"""Starts llmproxy's mock and talks to its control API."""

import json
import os
import shlex
import subprocess
import urllib.request


class Mock:
    """A mock provider in a process of its own. Use it as a context manager."""

    def __init__(self, *options: str) -> None:
        # For example LLMPROXY_COMMAND="npx --no-install llmproxy".
        command = shlex.split(os.environ.get("LLMPROXY_COMMAND", "npx llmproxy"))
        self._process = subprocess.Popen(
            [*command, "mock", "--json", "--exit-with-parent", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the mock ended with code {self._process.wait()} before it was ready")
        self.url: str = json.loads(line)["url"]
        self.base_url = self.url + "/v1"

    def _control(self, method: str, name: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.url}/__mock/{name}", data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def requests(self) -> list:
        """What came in so far."""
        return self._control("GET", "journal")["entries"]

    def answer(self, **rule: object) -> None:
        """answer(match={"text": "weather"}, reply={"text": "Rain."})"""
        self._control("POST", "answers", rule)

    def fault(self, **rule: object) -> None:
        """fault(fault="overloaded", times=1)"""
        self._control("POST", "faults", rule)

    def reset(self) -> None:
        self._control("POST", "reset")

    def close(self) -> None:
        """The mock ends when its standard input does."""
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def __enter__(self) -> "Mock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
