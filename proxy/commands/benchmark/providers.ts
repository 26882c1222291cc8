import type { Target } from './record.ts';

/** A provider that the benchmark asks itself. */
export interface BenchmarkProvider {
  /** As `--providers` and the records call it. */
  readonly id: string;
  /** `provider` of its endpoint in the configuration, and what the table of prices calls it. */
  readonly provider: 'openai' | 'gemini' | 'anthropic';
  readonly model: string;
  /** The first of these environment variables that is set holds the key. */
  readonly keys: readonly string[];
  /** Names another address, as it does for the provider's own SDK. */
  readonly address: string;
  /** Path of its API on the mock. */
  readonly mockPath: string;
}

export const PROVIDERS: readonly BenchmarkProvider[] = [
  {
    id: 'openai',
    provider: 'openai',
    model: 'gpt-4o-mini',
    keys: ['OPENAI_API_KEY'],
    address: 'OPENAI_BASE_URL',
    mockPath: '/v1',
  },
  {
    id: 'google',
    provider: 'gemini',
    model: 'gemini-1.5-flash',
    keys: ['GOOGLE_API_KEY', 'GEMINI_API_KEY'],
    address: 'GOOGLE_GEMINI_BASE_URL',
    mockPath: '/v1beta',
  },
  {
    id: 'anthropic',
    provider: 'anthropic',
    model: 'claude-3-haiku-20240307',
    keys: ['ANTHROPIC_API_KEY'],
    address: 'ANTHROPIC_BASE_URL',
    mockPath: '/v1',
  },
];

/** Google is also called by the name of its models. */
const NAMES = new Map(PROVIDERS.flatMap((one) => [one.id, one.provider].map((name) => [name, one] as const)));

/** The provider that is called so, in any case. */
export function providerNamed(name: string): BenchmarkProvider | undefined {
  return NAMES.get(name.trim().toLowerCase());
}

/** What a header can carry. */
export function isKey(text: string): boolean {
  return /^[\x21-\x7e]{1,500}$/.test(text);
}

export interface FoundKey {
  /** The environment variable. */
  readonly variable: string;
  readonly value: string;
}

export function keyOf(
  provider: BenchmarkProvider,
  environment: Readonly<Record<string, string | undefined>>,
): FoundKey | undefined {
  for (const variable of provider.keys) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== '') return { variable, value };
  }
  return undefined;
}

const MAKERS: readonly (readonly [form: RegExp, id: string])[] = [
  [/^(?:gpt-|chatgpt-|o\d)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(?:gemini|gemma)/, 'google'],
];

/** Whose a model of a proxy is, by its name: a proxy lists them all as its own. */
export function targetOf(model: string, owner: string): Target {
  const [first = ''] = model.split('/');
  const named = model.includes('/') ? providerNamed(first) : undefined;
  const bare = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  const maker = MAKERS.find(([form]) => form.test(bare))?.[1];
  return { provider: named?.id ?? maker ?? owner, model };
}

/** Models that hold no conversation, by what their names contain. */
const OTHER_KINDS =
  /embed|tts|whisper|dall-e|image|moderation|realtime|transcri|audio|instruct\b|davinci|babbage|sora|imagen|veo|rerank|speech|search/i;

export function holdsConversation(model: string): boolean {
  return model !== '*' && !OTHER_KINDS.test(model);
}
