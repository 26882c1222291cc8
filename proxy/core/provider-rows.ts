/** One value of `provider` in the configuration: what stands there, where it is, and how its address is written. */
export interface ProviderRow {
  /** As documents call it. */
  readonly label: string;
  /** Where its API is without a `base_url`; `bundled` = the mock that comes with the proxy; absent = a `base_url` is needed. */
  readonly address?: { readonly origin: string; readonly basePath: string } | 'bundled';
  /** Path segment that is added to a `base_url` which names no version; empty = none is. */
  readonly version: string;
  /** Its paths are made of deployments and of a version in the query. */
  readonly deployments?: true;
  readonly needsKey: boolean;
  /** The names of its models have no part that names a provider. */
  readonly plainNames?: true;
  /** The environment variable that its own tools take the key from. */
  readonly keyVariable?: string;
  /** A `base_url` as an operator would write it, with capital letters for what differs. */
  readonly example: string;
}

function hosted(label: string, url: string, keyVariable: string): ProviderRow {
  return { label, address: addressIn(url), version: 'v1', needsKey: true, keyVariable, example: url };
}

function local(label: string, url: string): ProviderRow {
  return { label, address: addressIn(url), version: 'v1', needsKey: false, example: url };
}

function addressIn(url: string): { origin: string; basePath: string } {
  const { origin, pathname } = new URL(url);
  return { origin, basePath: pathname.replace(/\/$/, '') };
}

/** Every value of `provider`. */
export const PROVIDER_ROWS = {
  openai: { ...hosted('OpenAI', 'https://api.openai.com/v1', 'OPENAI_API_KEY'), plainNames: true },
  anthropic: { ...hosted('Anthropic', 'https://api.anthropic.com/v1', 'ANTHROPIC_API_KEY'), plainNames: true },
  gemini: {
    ...hosted('Gemini', 'https://generativelanguage.googleapis.com/v1beta', 'GEMINI_API_KEY'),
    version: 'v1beta',
    plainNames: true,
  },
  azure: {
    label: 'Azure OpenAI',
    version: 'v1',
    deployments: true,
    needsKey: true,
    keyVariable: 'AZURE_OPENAI_API_KEY',
    example: 'https://RESOURCE.openai.azure.com',
  },
  mistral: { ...hosted('Mistral', 'https://api.mistral.ai/v1', 'MISTRAL_API_KEY'), plainNames: true },
  deepseek: { ...hosted('DeepSeek', 'https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'), plainNames: true },
  groq: hosted('Groq', 'https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  xai: { ...hosted('xAI', 'https://api.x.ai/v1', 'XAI_API_KEY'), plainNames: true },
  openrouter: hosted('OpenRouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  together: hosted('Together', 'https://api.together.xyz/v1', 'TOGETHER_API_KEY'),
  fireworks: hosted('Fireworks', 'https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  perplexity: { ...hosted('Perplexity', 'https://api.perplexity.ai', 'PERPLEXITY_API_KEY'), version: '' },
  cerebras: hosted('Cerebras', 'https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  databricks: {
    label: 'Databricks',
    version: '',
    needsKey: true,
    keyVariable: 'DATABRICKS_TOKEN',
    example: 'https://WORKSPACE.cloud.databricks.com/serving-endpoints',
  },
  ollama: local('Ollama', 'http://127.0.0.1:11434/v1'),
  vllm: local('vLLM', 'http://127.0.0.1:8000/v1'),
  'llama.cpp': local('llama.cpp', 'http://127.0.0.1:8080/v1'),
  lmstudio: local('LM Studio', 'http://127.0.0.1:1234/v1'),
  mock: {
    label: 'the mock',
    address: 'bundled',
    version: 'v1',
    needsKey: false,
    example: 'http://127.0.0.1:4001/v1',
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;

export type ConfiguredProvider = keyof typeof PROVIDER_ROWS;

/** The same table with rows of one type. */
export const providerRow = (name: ConfiguredProvider): ProviderRow => PROVIDER_ROWS[name];

export const CONFIGURED_PROVIDERS = Object.keys(PROVIDER_ROWS) as readonly ConfiguredProvider[];
