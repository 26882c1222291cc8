/** What other tools write in their files, and what to write here instead. */
import { CONFIGURED_PROVIDERS, type ConfiguredProvider } from '../core/provider-rows.ts';

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

/** What other tools and people call these providers. */
const OTHER_NAMES: Readonly<Record<string, ConfiguredProvider>> = {
  claude: 'anthropic',
  google: 'gemini',
  google_ai_studio: 'gemini',
  googleai: 'gemini',
  vertex: 'gemini',
  vertexai: 'gemini',
  azureopenai: 'azure',
  azurefoundry: 'azure',
  mistralai: 'mistral',
  grok: 'xai',
  togetherai: 'together',
  fireworksai: 'fireworks',
  hostedvllm: 'vllm',
  llamacpp: 'llama.cpp',
  llamaserver: 'llama.cpp',
  databricksmosaic: 'databricks',
  fake: 'mock',
};

/** Our name of what another tool calls otherwise; also for a name that differs in case alone. */
export function ourProvider(name: string): ConfiguredProvider | undefined {
  const lower = name.toLowerCase();
  const own = CONFIGURED_PROVIDERS.find((known) => known === lower);
  return own ?? OTHER_NAMES[lower.replaceAll(/[_\s.-]|_?chat$/g, '')];
}

/** What to write for a provider that is not one of ours. */
export const OTHER_PROVIDER = 'an OpenAI-compatible API is provider: openai with its address, base_url: https://…/v1';

/** `anthropic/claude-…`: the provider of ours that begins a model's name in the notation of LiteLLM; and the rest. */
export function prefixedModel(
  model: string,
): { readonly provider: ConfiguredProvider; readonly rest: string } | undefined {
  const slash = model.indexOf('/');
  const provider = slash > 0 ? ourProvider(model.slice(0, slash)) : undefined;
  return provider === undefined ? undefined : { provider, rest: model.slice(slash + 1) };
}
