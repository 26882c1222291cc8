import os

import pytest
from llmproxy_mock import Mock


@pytest.fixture(scope="session")
def running_mock():
    with Mock() as mock:
        os.environ["OPENAI_BASE_URL"] = mock.base_url
        os.environ["OPENAI_API_KEY"] = "sk-llmproxy-mock"
        yield mock


@pytest.fixture
def mock(running_mock):
    """The mock of this run, with an empty journal and no rules."""
    running_mock.reset()
    return running_mock
