import { CONFIGURED_PROVIDERS, providerRow } from '../../core/provider-rows.ts';
import type { ConfiguredProvider } from '../../core/provider-rows.ts';
import { ourProvider } from '../other-tools.ts';
import type { Members } from './members.ts';
import { keyVariable } from './secrets.ts';
import type { Secrets } from './secrets.ts';

export type Endpoint = Record<string, unknown>;

/** Prefixes of LiteLLM that need credentials of a cloud, which no provider here takes. */
const CLOUDS = new Set(['vertex_ai', 'vertex_ai_beta', 'bedrock', 'bedrock_converse', 'sagemaker', 'watsonx']);
/** Names that LiteLLM knows the provider of without a prefix. */
const BEGINNINGS: readonly (readonly [RegExp, ConfiguredProvider])[] = [
  [/^claude/, 'anthropic'],
  [/^gemini/, 'gemini'],
];

interface Target {
  readonly provider: ConfiguredProvider;
  /** The name of the model there. */
  readonly rest: string;
  /** False for a server that is known by its address alone. */
  readonly known: boolean;
}

/** What `azure/my-deployment` means here. Undefined where no provider here is like it. */
function targetOf(model: string, hasAddress: boolean): Target | undefined {
  const slash = model.indexOf('/');
  const prefix = slash > 0 ? model.slice(0, slash) : '';
  if (CLOUDS.has(prefix)) return undefined;
  if (prefix === '') {
    return { provider: BEGINNINGS.find(([begins]) => begins.test(model))?.[1] ?? 'openai', rest: model, known: true };
  }
  const rest = model.slice(slash + 1);
  const provider = ourProvider(prefix.replace(/^text-completion-/, '').replace(/^azure_ai$/, 'azure'));
  if (provider !== undefined && CONFIGURED_PROVIDERS.includes(provider)) return { provider, rest, known: true };
  // Any other server with an address is asked as one that speaks OpenAI's API.
  return hasAddress ? { provider: 'openai', rest, known: false } : undefined;
}

function headersOf(params: Members, secrets: Secrets): Record<string, string> {
  const extra = params.inner('extra_headers');
  const headers: Record<string, string> = {};
  for (const name of extra.names()) {
    const value = extra.text(name);
    if (value !== undefined) headers[name] = secrets.header(name, value, extra);
  }
  const organization = params.text('organization');
  if (organization !== undefined) headers['openai-organization'] = secrets.text(organization);
  return headers;
}

/** USD for one token → USD per million. */
function priceOf(params: Members, info: Members): Record<string, number> | undefined {
  const [input, output] = ['input_cost_per_token', 'output_cost_per_token'].map((name) => {
    const [own, general] = [params.number(name), info.number(name)];
    const usd = own ?? general;
    return usd === undefined ? undefined : Number((usd * 1e6).toPrecision(12));
  });
  return input === undefined && output === undefined ? undefined : { input: input ?? 0, output: output ?? 0 };
}

function atLeast(least: number, value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(least, Math.round(value));
}

/** One row of `model_list` as an endpoint; undefined, with a remark, where no provider here is like it. */
export function litellmEndpoint(name: string, row: Members, secrets: Secrets): Endpoint | undefined {
  const params = row.inner('litellm_params');
  const info = row.inner('model_info');
  const model = params.text('model') ?? name;
  const address = params.text('api_base') ?? params.text('base_url');
  const target = targetOf(model, address !== undefined);
  if (target === undefined) {
    params.remark('is of a provider that is not known here; the endpoint is left out', 'model');
    for (const member of params.names()) params.take(member);
    for (const member of info.names()) info.take(member);
    return undefined;
  }
  const { provider, rest } = target;
  const id = info.text('id');
  const headers = headersOf(params, secrets);
  const endpoint = {
    provider,
    name: id !== undefined && /^[\w.:-]{1,64}$/.test(id) ? id : undefined,
    base_url: address === undefined ? undefined : secrets.text(address),
    api_version: textOf(params, 'api_version', secrets),
    api_key: keyOf(target, params, secrets),
    model: rest === name || rest.includes('*') ? undefined : rest,
    weight: atLeast(0, params.number('weight')),
    priority: atLeast(1, params.number('order')),
    max_concurrency: atLeast(1, params.number('max_parallel_requests')),
    price: priceOf(params, info),
    context_window: atLeast(1, info.number('max_input_tokens')),
    headers: Object.keys(headers).length === 0 ? undefined : headers,
  };
  // The mode is read off the route here.
  info.take('mode');
  return Object.fromEntries(Object.entries(endpoint).filter(([, value]) => value !== undefined));
}

function textOf(params: Members, name: string, secrets: Secrets): string | undefined {
  const value = params.text(name);
  return value === undefined ? undefined : secrets.text(value);
}

function keyOf({ provider, known }: Target, params: Members, secrets: Secrets): string | undefined {
  const key = params.text('api_key');
  if (key !== undefined) return secrets.reference(key, keyVariable(provider), params, 'api_key');
  if (!known) return 'none';
  // LiteLLM takes the key of a provider from the environment by itself.
  return providerRow(provider).needsKey ? `\${${keyVariable(provider)}}` : undefined;
}
