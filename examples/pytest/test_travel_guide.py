import urllib.error

from travel_guide import ask, capital_of


def test_the_capital_is_found(mock):
    assert capital_of("France") == "Paris"
    assert [entry["operation"] for entry in mock.requests()] == ["chat.completions"]


def test_an_answer_can_be_scripted(mock):
    mock.answer(match={"text": "Atlantis"}, reply={"text": "Poseidonis"})
    assert capital_of("Atlantis") == "Poseidonis"


def test_an_overloaded_provider_is_an_error(mock):
    mock.fault(fault="overloaded", times=1)
    try:
        ask("Hello")
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 503
    else:
        raise AssertionError("expected an error")
