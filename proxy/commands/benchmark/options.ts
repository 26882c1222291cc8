import { parseDuration } from '../../core/duration.ts';
import { OptionFault } from './faults.ts';
import { DEFAULT_PROMPTS, readPrompts, type Prompt } from './prompts.ts';
import { isKey, PROVIDERS, providerNamed, type BenchmarkProvider } from './providers.ts';

/** The options as the command line gives them. */
export interface BenchmarkOptions {
  readonly providers?: string;
  readonly models?: string;
  readonly mock?: boolean;
  readonly url?: string;
  readonly key?: string;
  readonly prompts?: string;
  readonly repeat?: string;
  readonly warmUp?: string;
  readonly pause?: string;
  readonly timeout?: string;
  readonly maxTokens?: string;
  readonly out?: string;
  readonly report?: string | true;
  readonly json?: boolean;
  readonly compare?: readonly string[];
}

/** What is to be done, checked. */
export interface BenchmarkPlan {
  readonly source: Source;
  readonly prompts: readonly Prompt[];
  readonly repeat: number;
  /** Calls to each model that are not counted, before the others. */
  readonly warmUp: number;
  readonly pauseMs: number;
  readonly timeoutMs: number;
  readonly maxTokens: number;
}

/** A provider and the models of it that are asked. */
export interface Chosen {
  readonly provider: BenchmarkProvider;
  readonly models: readonly string[];
}

export type Source =
  | { readonly kind: 'keys' | 'mock'; readonly chosen: readonly Chosen[] }
  | {
      readonly kind: 'url';
      /** Ends in `/v1`. */
      readonly baseUrl: string;
      readonly key: string | undefined;
      /** Undefined = those that the proxy lists. */
      readonly models: readonly string[] | undefined;
      /** Undefined = of any. */
      readonly providers: readonly string[] | undefined;
    };

type Environment = Readonly<Record<string, string | undefined>>;

const MOST_REPEATS = 1_000;
const MOST_WARM_UPS = 100;
const MOST_TOKENS = 32_768;
const MOST_MODELS = 50;
const LONGEST_PAUSE_MS = 3_600_000;
const LONGEST_TIMEOUT_MS = 1_800_000;

/** Throws OptionFault for an option, or a file it names, that cannot be used. */
export function planOf(options: BenchmarkOptions, environment: Environment, folder: string): BenchmarkPlan {
  if (options.mock === true && options.url !== undefined) throw new OptionFault('choose one of --mock and --url.');
  if (options.key !== undefined && options.url === undefined) throw new OptionFault('--key needs --url.');
  return {
    source: sourceOf(options, environment),
    prompts: options.prompts === undefined ? DEFAULT_PROMPTS : readPrompts(options.prompts, folder),
    repeat: wholeNumber('--repeat', options.repeat ?? '1', { least: 1, most: MOST_REPEATS }),
    warmUp: wholeNumber('--warm-up', options.warmUp ?? '0', { least: 0, most: MOST_WARM_UPS }),
    pauseMs: duration('--pause', options.pause ?? '1s', { least: 0, most: LONGEST_PAUSE_MS }),
    timeoutMs: duration('--timeout', options.timeout ?? '2m', { least: 1, most: LONGEST_TIMEOUT_MS }),
    maxTokens: wholeNumber('--max-tokens', options.maxTokens ?? '1024', { least: 1, most: MOST_TOKENS }),
  };
}

function sourceOf(options: BenchmarkOptions, environment: Environment): Source {
  const providers = options.providers === undefined ? undefined : providersIn(options.providers);
  const models = options.models === undefined ? undefined : listOf('--models', options.models);
  if (options.url === undefined) {
    return { kind: options.mock === true ? 'mock' : 'keys', chosen: chosenOf(providers ?? PROVIDERS, models ?? []) };
  }
  return {
    kind: 'url',
    baseUrl: baseUrlOf(options.url),
    key: keyOf(options.key, environment),
    models,
    providers: providers?.map(({ id }) => id),
  };
}

function providersIn(text: string): BenchmarkProvider[] {
  const found = listOf('--providers', text).map((name) => {
    const provider = providerNamed(name);
    if (provider !== undefined) return provider;
    const known = PROVIDERS.map(({ id }) => id).join(', ');
    throw new OptionFault(`--providers: there is no provider ${JSON.stringify(name)}; known: ${known}.`);
  });
  return PROVIDERS.filter((provider) => found.includes(provider));
}

/** `PROVIDER/MODEL` takes the place of the provider's own model; those that name none of `providers` are refused. */
function chosenOf(providers: readonly BenchmarkProvider[], models: readonly string[]): Chosen[] {
  const named = models.map((text) => {
    const slash = text.indexOf('/');
    const provider = slash === -1 ? undefined : providerNamed(text.slice(0, slash));
    const model = text.slice(slash + 1);
    if (provider !== undefined && providers.includes(provider) && model !== '') return { provider, model };
    const ids = providers.map(({ id }) => id).join(', ');
    throw new OptionFault(`--models: expected PROVIDER/MODEL with one of ${ids}, found ${JSON.stringify(text)}.`);
  });
  const own = Map.groupBy(named, ({ provider }) => provider);
  return providers.map((provider) => ({
    provider,
    models: own.get(provider)?.map(({ model }) => model) ?? [provider.model],
  }));
}

function listOf(flag: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '' || name.length > 200 || /\p{Cc}/u.test(name))) {
    throw new OptionFault(`${flag} needs names, with commas between them.`);
  }
  const unique = [...new Set(names)];
  if (unique.length > MOST_MODELS) throw new OptionFault(`${flag} takes ${MOST_MODELS} names at most.`);
  return unique;
}

/** No part of the address is quoted: it may hold a password. */
function baseUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new OptionFault('--url must be an address such as http://127.0.0.1:4000/v1.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new OptionFault('--url must not contain a user or a password; use --key.');
  }
  const base = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return base.endsWith('/v1') ? base : `${base}/v1`;
}

const REFERENCE = 'env:';

/** The value of `--key`: itself, or of the variable that `env:NAME` names. It is never quoted. */
function keyOf(given: string | undefined, environment: Environment): string | undefined {
  if (given === undefined) return undefined;
  const isReference = given.startsWith(REFERENCE);
  const name = given.slice(REFERENCE.length);
  const key = (isReference ? environment[name] : given)?.trim();
  if (key === undefined || key === '') {
    throw new OptionFault(isReference ? `--key: the environment variable ${name} is not set.` : '--key is empty.');
  }
  if (!isKey(key)) {
    throw new OptionFault('--key must be 1 to 500 visible ASCII characters.');
  }
  return key;
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function wholeNumber(flag: string, text: string, { least, most }: Bounds): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new OptionFault(`${flag} must be a whole number from ${least} to ${most}, found ${JSON.stringify(text)}.`);
}

function duration(flag: string, text: string, { least, most }: Bounds): number {
  const value = parseDuration(text) ?? Number.NaN;
  if (value >= least && value <= most) return value;
  const bound = `${most / 60_000}m`;
  throw new OptionFault(
    `${flag} must be a duration such as 500ms or 2s, ${bound} at most, found ${JSON.stringify(text)}.`,
  );
}
