"""Starts llmproxy's mock and proxy in processes of their own, over their ready line."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, Mapping, Optional, Sequence, Union

from .control import MockControl, call

#: What clients send where a key is asked for; the mock takes every key.
KEY = "sk-llmproxy-mock"
_READY_S = 60
_END_S = 10
_STDERR_SHOWN = 4_000

Config = Union[str, Path, Mapping[str, Any]]


class CommandMissing(RuntimeError):
    """There is no llmproxy to start."""


class StartFailed(RuntimeError):
    """The process ended before it was ready, or was not ready within 60 s; the message has what it wrote to standard error."""


def find_command(named: Optional[str] = None, folder: Optional[Path] = None) -> "list[str]":
    """``named``, else ``$LLMPROXY_COMMAND``, else the one in ``node_modules`` here or above, else the one on PATH."""
    given = named or os.environ.get("LLMPROXY_COMMAND")
    if given:
        return shlex.split(given)
    here = (folder or Path.cwd()).resolve()
    for place in (here, *here.parents):
        found = shutil.which("llmproxy", path=str(place / "node_modules" / ".bin"))
        if found is not None:
            return [found]
    found = shutil.which("llmproxy")
    if found is None:
        raise CommandMissing(
            "there is no llmproxy in node_modules and none on PATH; run `npm install llmproxy`, "
            "or name the command in LLMPROXY_COMMAND or the ini option llmproxy_command"
        )
    return [found]


def client_environment(url: str) -> "dict[str, str]":
    """What the SDKs of OpenAI, Anthropic and Google read to reach ``url`` without any configuration."""
    return {
        "OPENAI_BASE_URL": url + "/v1",
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": KEY,
    }


class _Process:
    """A child that prints one JSON line when it is ready, and ends when its standard input closes."""

    def __init__(self, command: Sequence[str], environment: Optional[Mapping[str, str]] = None) -> None:
        self._stderr = tempfile.TemporaryFile()
        try:
            self._child = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=None if environment is None else {**os.environ, **environment},
            )
            assert self._child.stdout is not None
            late = threading.Timer(_READY_S, self._child.kill)
            late.start()
            line = self._child.stdout.readline()
            late.cancel()
            if not line:
                code = self._child.wait(_END_S)
                self._child.stdout.close()
                raise StartFailed(f"{shlex.join(command)} ended with code {code} before it was ready:\n{self.log()}")
        except BaseException:
            self._stderr.close()
            raise
        self.ready: "dict[str, Any]" = json.loads(line)

    def log(self) -> str:
        """The end of what the process wrote to standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")[-_STDERR_SHOWN:]

    def close(self) -> None:
        """Ends the process and waits for it; one that does not end within 10 s is killed."""
        if self._child.stdin is None or self._child.stdin.closed:
            return
        self._child.stdin.close()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._stderr.close()


class Mock(MockControl):
    """A mock of this process's own: ``with Mock("--strictness", "openai") as mock``."""

    def __init__(self, *options: str, command: Optional[Sequence[str]] = None) -> None:
        self._process = _Process([*(command or find_command()), "mock", "--json", "--exit-with-parent", *options])
        super().__init__(self._process.ready["url"])

    def log(self) -> str:
        """The end of what the mock wrote to standard error."""
        return self._process.log()

    def close(self) -> None:
        self._process.close()

    def __enter__(self) -> "Mock":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Proxy:
    """A proxy of this process's own. ``config`` is a mapping as ``llmproxy.yaml`` has it, or the path of such a file."""

    def __init__(
        self,
        config: Config,
        *options: str,
        command: Optional[Sequence[str]] = None,
        environment: Optional[Mapping[str, str]] = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="llmproxy-")
        try:
            path = config
            if isinstance(config, Mapping):
                path = Path(self._folder.name) / "llmproxy.yaml"
                # JSON is YAML.
                path.write_text(json.dumps(config), "utf-8")
            start = ["start", "--json", "--exit-with-parent", "--host", "127.0.0.1", "--port", "0", "--log-level", "warn"]
            whole = [*(command or find_command()), *start, "--config", str(path), *options]
            self._process = _Process(whole, environment)
        except BaseException:
            self._folder.cleanup()
            raise
        #: ``http://127.0.0.1:PORT``; Anthropic's and Google's SDKs take it as base URL.
        self.url: str = self._process.ready["url"]
        #: ``url`` and ``/v1``: what OpenAI's SDK takes as base URL.
        self.base_url = self.url + "/v1"

    def purge(self) -> None:
        """Forgets every stored answer."""
        call(self.url + "/cache", "DELETE")

    def stats(self) -> Any:
        """What ``GET /stats`` says: requests, cache, endpoints."""
        return call(self.url + "/stats", "GET")

    def log(self) -> str:
        """The end of what the proxy wrote to standard error."""
        return self._process.log()

    def close(self) -> None:
        self._process.close()
        self._folder.cleanup()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
