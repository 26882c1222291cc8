"""Whole runs of pytest: how the mock begins and ends."""

import os
import time
import urllib.error
import urllib.request

import pytest

from pytest_llmproxy import Mock, Proxy, StartFailed


@pytest.fixture
def options(pytestconfig):
    """Of a run within this one: the plugin is named where it was named to this run, and not where it is installed."""
    named = pytestconfig.pluginmanager.has_plugin("pytest_llmproxy.plugin")
    return (*(("-p", "pytest_llmproxy.plugin") if named else ()), "-p", "no:cacheprovider")


def is_gone(url):
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return True
    return False


def test_the_variables_are_those_of_before_and_the_mock_is_gone_after_a_run(pytester, options, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://before.example/v1")
    pytester.makepyfile(
        """
        import os, pathlib

        def test_it(llmproxy_mock):
            assert os.environ["OPENAI_BASE_URL"] == llmproxy_mock.base_url
            assert os.environ["ANTHROPIC_BASE_URL"] == llmproxy_mock.url
            pathlib.Path("url").write_text(llmproxy_mock.url)

        def test_another():
            assert os.environ["OPENAI_BASE_URL"] == "https://before.example/v1"
        """
    )
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=2)
    assert is_gone((pytester.path / "url").read_text())


def test_a_client_that_a_module_makes_when_it_is_imported_reaches_the_mock_of_the_whole_run(pytester, options):
    pytester.makeini("[pytest]\nllmproxy_whole_run = true\nllmproxy_mock_options = --tag-as WHOLE")
    pytester.makepyfile(
        """
        import json, os, urllib.request

        BASE_URL = os.environ["OPENAI_BASE_URL"]

        def test_it(llmproxy_mock):
            assert BASE_URL == llmproxy_mock.base_url
            body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
            request = urllib.request.Request(BASE_URL + "/chat/completions", data=json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=10) as response:
                assert "[WHOLE]" in json.load(response)["choices"][0]["message"]["content"]
        """
    )
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)


def test_where_there_is_no_llmproxy_the_error_says_what_to_do(pytester, options, monkeypatch):
    monkeypatch.delenv("LLMPROXY_COMMAND", raising=False)
    monkeypatch.setenv("PATH", str(pytester.path))
    pytester.makepyfile("def test_it(llmproxy_mock): pass")
    result = pytester.runpytest_inprocess(*options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*npm install llmproxy*"])


def test_what_a_process_says_before_it_is_ready_stands_in_the_error():
    with pytest.raises(StartFailed, match="no-such-option"):
        Mock("--no-such-option")
    with pytest.raises(StartFailed, match=r"models.*expected"):
        Proxy({"models": 1})


def test_a_run_that_is_killed_leaves_no_mock_behind(pytester, options):
    pytester.makepyfile(
        """
        import os, pathlib, signal

        def test_it(llmproxy_mock):
            pathlib.Path("url").write_text(llmproxy_mock.url)
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        """
    )
    assert pytester.runpytest_subprocess(*options).ret != 0
    url = (pytester.path / "url").read_text()
    end = time.monotonic() + 10
    while not is_gone(url) and time.monotonic() < end:
        time.sleep(0.02)
    assert is_gone(url)
    assert os.environ.get("OPENAI_BASE_URL") != url + "/v1"
