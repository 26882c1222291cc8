"""pytest fixtures: ``llmproxy_mock``, ``llmproxy``, ``llmproxy_start``."""

from __future__ import annotations

import os
from typing import Callable, Iterator, Mapping, Optional

import pytest

from .control import MockControl
from .process import KEY, Config, Mock, Proxy, client_environment, find_command

_COMMAND = "llmproxy_command"
_MOCK_OPTIONS = "llmproxy_mock_options"
_WHOLE_RUN = "llmproxy_whole_run"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_COMMAND, "command that starts llmproxy; default: node_modules/.bin/llmproxy, else llmproxy", default="")
    parser.addini(_MOCK_OPTIONS, "options of `llmproxy mock`", type="args", default=[])
    parser.addini(
        _WHOLE_RUN,
        "start the mock before tests are collected, for modules that make their client when they are imported",
        type="bool",
        default=False,
    )


class _Run:
    """The mock of a run: started at its first use, ended with the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._mock: Optional[Mock] = None
        self._before: "dict[str, Optional[str]]" = {}

    def command(self) -> "list[str]":
        return find_command(self._config.getini(_COMMAND), self._config.rootpath)

    def mock(self) -> Mock:
        if self._mock is None:
            self._mock = Mock(*self._config.getini(_MOCK_OPTIONS), command=self.command())
        return self._mock

    def enter(self) -> None:
        """Points the variables of the SDKs at the mock, for the whole run."""
        values = client_environment(self.mock().url)
        self._before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)

    def close(self) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before = {}
        if self._mock is not None:
            self._mock.close()
            self._mock = None


_RUN = pytest.StashKey[_Run]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RUN] = _Run(config)


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getini(_WHOLE_RUN):
        session.config.stash[_RUN].enter()


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.close()


def _point(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in client_environment(url).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def llmproxy_mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MockControl:
    """The mock of this run, clean. Until the test ends, the variables that SDKs read point at it."""
    mock = request.config.stash[_RUN].mock()
    mock.reset()
    _point(monkeypatch, mock.url)
    return mock


@pytest.fixture(scope="session")
def llmproxy_config(request: pytest.FixtureRequest) -> Config:
    """Configuration of the fixture ``llmproxy``: every model on the mock. Override it in conftest.py."""
    mock = request.config.stash[_RUN].mock()
    endpoint = {"provider": "mock", "base_url": mock.base_url, "api_key": KEY}
    # An endpoint that one test has made fail serves the next test.
    return {"routing": {"allowed_fails": 1000, "cooldown": "1ms"}, "models": {"*": {"endpoints": [endpoint]}}}


@pytest.fixture(scope="session")
def _llmproxy_proxy(request: pytest.FixtureRequest, llmproxy_config: Config) -> Iterator[Proxy]:
    with Proxy(llmproxy_config, command=request.config.stash[_RUN].command()) as proxy:
        yield proxy


@pytest.fixture
def llmproxy(llmproxy_mock: MockControl, _llmproxy_proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The proxy of this run, with an empty cache, in front of ``llmproxy_mock``. The variables that SDKs read point at it."""
    _llmproxy_proxy.purge()
    _point(monkeypatch, _llmproxy_proxy.url)
    return _llmproxy_proxy


@pytest.fixture
def llmproxy_start(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Proxy]]:
    """``llmproxy_start(config)``: a proxy for this test alone. The variables that SDKs read point at the last one started."""
    started: "list[Proxy]" = []

    def start(config: Config, environment: Optional[Mapping[str, str]] = None) -> Proxy:
        command = request.config.stash[_RUN].command()
        started.append(Proxy(config, command=command, environment=environment))
        _point(monkeypatch, started[-1].url)
        return started[-1]

    yield start
    for proxy in started:
        proxy.close()
