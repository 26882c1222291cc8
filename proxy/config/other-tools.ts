/** What other tools write in their files, and what to write here instead. */

/** A value that is nothing but a variable, as a shell or LiteLLM writes it; in a header it may follow a scheme. */
const OTHER_VARIABLE = /^(?:[A-Za-z]+ )?(?:\$([A-Z_][A-Z0-9_]+)|os\.environ\/([A-Za-z_]\w*))$/;

/** The name of the variable that `text` means in the notation of another tool. */
export function otherVariable(text: string): string | undefined {
  const found = OTHER_VARIABLE.exec(text);
  return found?.[1] ?? found?.[2];
}

const LITELLM_SECTIONS = new Set(['model_list', 'litellm_settings', 'router_settings', 'general_settings']);

const LITELLM =
  'this is a section of a LiteLLM file; here it is ' +
  'models: { gpt-4o: { endpoints: [ { provider: openai, model: gpt-4o, api_key: "${OPENAI_API_KEY}" } ] } }';

/** What to say of a section that another tool has. */
export function otherSection(name: string): string | undefined {
  return LITELLM_SECTIONS.has(name) ? LITELLM : undefined;
}

/** Addresses at which these providers speak the OpenAI API. */
const COMPATIBLE: Readonly<Record<string, string>> = {
  anthropic: 'https://api.anthropic.com/v1',
  claude: 'https://api.anthropic.com/v1',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
  google: 'https://generativelanguage.googleapis.com/v1beta/openai',
  azure: 'https://RESOURCE.openai.azure.com/openai/v1',
  mistral: 'https://api.mistral.ai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  groq: 'https://api.groq.com/openai/v1',
  xai: 'https://api.x.ai/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  together: 'https://api.together.xyz/v1',
  perplexity: 'https://api.perplexity.ai',
  databricks: 'https://WORKSPACE.cloud.databricks.com/serving-endpoints',
  ollama: 'http://localhost:11434/v1',
  vllm: 'http://localhost:8000/v1',
};

/** What to write for a provider that is not one of ours. */
export function otherProvider(name: string): string {
  const address = COMPATIBLE[name.toLowerCase().replace(/_(?:ai|chat)$/, '')] ?? 'https://…/v1';
  return `an OpenAI-compatible API is provider: openai with its address, base_url: ${address}`;
}
