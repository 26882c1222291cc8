"""LangChain's own standard tests of chat models and embeddings, against a provider that only an address is known of."""

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_tests.integration_tests import ChatModelIntegrationTests, EmbeddingsIntegrationTests


class TestChatCompletions(ChatModelIntegrationTests):
    # Tests of picture inputs fetch a picture from the web, and are left out as for a model that takes none.
    @property
    def chat_model_class(self):
        return ChatOpenAI

    @property
    def chat_model_params(self):
        # Away from the provider's own address LangChain asks for no usage in streams by itself.
        return {"model": "gpt-4o-mini", "api_key": "sk-test", "max_retries": 0, "stream_usage": True}

    @property
    def supports_json_mode(self):
        return True


class TestResponses(TestChatCompletions):
    @property
    def chat_model_params(self):
        return {**super().chat_model_params, "use_responses_api": True}


class TestEmbeddings(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self):
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self):
        # Counting tokens beforehand would fetch a vocabulary from the web.
        return {"model": "text-embedding-3-small", "api_key": "sk-test", "check_embedding_ctx_length": False}
