import json
import os
import urllib.error
import urllib.request

import pytest

from pytest_llmproxy import ControlError


def ask(content, base_url=None, **more):
    """One chat completion at ``base_url``, else where OPENAI_BASE_URL points: its headers and its body."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": content}], **more}
    request = urllib.request.Request(
        (base_url or os.environ["OPENAI_BASE_URL"]) + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.headers, json.load(response)


def text_of(answer):
    return answer["choices"][0]["message"]["content"]


def test_a_scripted_answer_and_the_journal(llmproxy_mock):
    llmproxy_mock.answer(match={"text": "Atlantis"}, reply={"text": "Poseidonis"})
    assert text_of(ask("The capital of Atlantis?")[1]) == "Poseidonis"
    (entry,) = llmproxy_mock.requests(operation="chat.completions")
    assert entry["body"]["messages"][0]["content"] == "The capital of Atlantis?"
    assert llmproxy_mock.requests(operation="embeddings") == []


def test_every_test_begins_clean(llmproxy_mock):
    assert llmproxy_mock.requests() == []
    assert text_of(ask("The capital of Atlantis?")[1]) != "Poseidonis"


def test_a_fault_is_played(llmproxy_mock):
    llmproxy_mock.fault("overloaded", times=1)
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask("Hello")
    with caught.value:
        assert caught.value.code == 503
    assert ask("Hello")[1]["model"].startswith("gpt-4o-mini")


def test_a_misspelt_fault_is_refused_with_a_sentence(llmproxy_mock):
    with pytest.raises(ControlError, match="overloaded"):
        llmproxy_mock.fault("overloded")


def test_a_script_is_put_in_place_and_taken_away(llmproxy_mock):
    llmproxy_mock.script({"rules": [{"match": {"text": "tide"}, "answer": "high"}]})
    assert text_of(ask("How is the tide?")[1]) == "high"
    llmproxy_mock.script(None)
    assert text_of(ask("How is the tide?")[1]) != "high"


def test_tenants_do_not_mix(llmproxy_mock):
    alice = llmproxy_mock.tenant("alice")
    alice.answer(reply={"text": "for alice"})
    assert text_of(ask("Hello", alice.base_url)[1]) == "for alice"
    assert text_of(ask("Hello", llmproxy_mock.base_url)[1]) != "for alice"
    assert len(alice.requests()) == 1


def test_requests_are_waited_for(llmproxy_mock):
    ask("Hello")
    assert len(llmproxy_mock.wait_for_requests(1)) == 1
    with pytest.raises(TimeoutError, match="1 of 2"):
        llmproxy_mock.wait_for_requests(2, timeout=0.1)


def test_the_proxy_answers_a_second_time_out_of_its_cache(llmproxy, llmproxy_mock):
    assert os.environ["OPENAI_BASE_URL"] == llmproxy.base_url
    first, second = ask("Hello"), ask("Hello")
    assert [head["x-llmproxy-cache"] for head, _ in (first, second)] == ["miss", "hit"]
    assert first[1] == second[1]
    assert len(llmproxy_mock.requests()) == 1


def test_the_cache_of_the_proxy_is_empty_at_the_beginning_of_a_test(llmproxy, llmproxy_mock):
    assert ask("Hello")[0]["x-llmproxy-cache"] == "miss"
    llmproxy_mock.fault("unauthorized", times=1)
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask("Is the key good?")
    caught.value.close()


def test_an_endpoint_that_failed_in_one_test_serves_the_next(llmproxy):
    assert ask("Is the key good?")[0]["x-llmproxy-cache"] == "miss"


def test_a_proxy_with_a_configuration_of_its_own(llmproxy_start, llmproxy_mock):
    endpoint = {"provider": "openai", "base_url": "${MOCK}", "api_key": "k", "model": "gpt-4.1"}
    config = {"cache": {"enabled": False}, "models": {"gpt-4o-mini": {"endpoints": [endpoint]}}}
    proxy = llmproxy_start(config, environment={"MOCK": llmproxy_mock.base_url})
    ask("Hello")
    ask("Hello")
    assert [entry["model"] for entry in llmproxy_mock.requests()] == ["gpt-4.1", "gpt-4.1"]
    assert "endpoints" in json.dumps(proxy.stats())


def test_the_openai_package_needs_no_configuration(llmproxy_mock):
    openai = pytest.importorskip("openai")
    llmproxy_mock.answer(reply={"text": "Hi."})
    with openai.OpenAI() as client:
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])
    assert answer.choices[0].message.content == "Hi."
