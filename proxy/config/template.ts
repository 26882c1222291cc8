/** The configuration that `llmproxy init` writes, that stands in the repository, and that serves where there is none. */
export const TEMPLATE = `\
# llmproxy: one address in front of all your LLM endpoints.
# Every setting: docs/configuration.md. Check a change with \`llmproxy check\`; a running proxy takes it over when you save.
#
# \${NAME} is taken from the environment, \${NAME:-default} has a default.
# An endpoint whose api_key is empty is left out with a warning.

server:
  host: 127.0.0.1
  port: 4000
  allow_public: "\${LLMPROXY_ALLOW_PUBLIC:-false}" # true = may listen where others can reach it; the container needs it
  trusted_hosts: "\${LLMPROXY_TRUSTED_HOSTS:-localhost}" # names, beside those of this machine, that clients may call it by

redis:
  url: "\${REDIS_URL:-}" # empty = the cache lives in memory and is not shared

cache:
  ttl: 7d
  memory: 256MiB

# Each model is served by endpoints. Requests are shared out by weight: here two thirds go to the first, one third to
# the second. Weight 0 means: only when no other endpoint can take the request.
# The three mock endpoints come with the proxy, so everything works without a key. To use the real API, take the # off
# the line beside them and delete the mock lines.
models:
  gpt-4o-mini:
    strategy: weighted # round-robin, least-busy, fastest, cheapest, sticky and random are the others
    endpoints:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}", weight: 2 }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  gpt-4o:
    endpoints:
      # Another provider's name for the model, and a second address to fall back to:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}", model: gpt-4o-2024-11-20, weight: 2 }
      # - { provider: openai, base_url: "https://llm.example.com/v1", api_key: "\${EXAMPLE_API_KEY:-}", weight: 0 }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  gpt-4.1:
    endpoints:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}", context_window: 1047576 }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  gpt-5-mini:
    # Conversations that share a prompt_cache_key stay on one endpoint, where the provider's own cache is warm:
    # strategy: sticky
    endpoints:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}" }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  text-embedding-3-small:
    # A model may say for itself what routing: and cache: say for all.
    # cache: { ttl: 30d }
    endpoints:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}" }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  gpt-3.5-turbo:
    endpoints:
      # - { provider: openai, api_key: "\${OPENAI_API_KEY:-}" }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  # Clients of every API may ask for any model: what an endpoint does not speak is translated (docs/providers.md).
  claude-sonnet-4-6:
    endpoints:
      # - { provider: anthropic, api_key: "\${ANTHROPIC_API_KEY:-}" }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  gemini-2.5-flash:
    endpoints:
      # - { provider: gemini, api_key: "\${GEMINI_API_KEY:-}" }
      - { provider: mock, weight: 2 }
      - { provider: mock, weight: 1 }
      - { provider: mock, weight: 0 }

  # Every other name goes here, unchanged, with the caller's own key:
  # "*":
  #   endpoints:
  #     - { provider: openai, api_key: forward }
`;
