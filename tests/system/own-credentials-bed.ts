import { onTestFinished } from 'vitest';
import type { BedOptions } from './bed.ts';
import { credentialsBed, type CredentialsBed } from './credentials-bed.ts';
import { send, type RawAnswer } from './http.ts';
import { startUpstream, type SeenRequest, type Upstream } from './upstream.ts';

export const OWN = 'sk-own-key-of-ada-0001';
export const BOBS = 'sk-own-key-of-bob-0002';

/** What an endpoint answers to a key. */
export type Said = readonly [status: number, error: object, headers?: Readonly<Record<string, string>>];

export interface KeyedUpstream extends Upstream {
  /** Answers to keys, until told otherwise. */
  readonly says: Map<string, Said>;
  /** Answers nothing until the returned function is called. */
  hold(): () => void;
  /** The keys that it was asked with, in order. */
  keys(): string[];
}

export interface OwnBed extends CredentialsBed {
  /** One an endpoint of the model `gpt-4o-mini`. */
  readonly upstreams: readonly KeyedUpstream[];
  readonly upstream: KeyedUpstream;
  /** A chat completion of `gpt-4o-mini`, or with other members. */
  readonly chat: (key: string, content: string, more?: Ask) => Promise<RawAnswer>;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface OwnBedOptions {
  /** Members of the endpoints of the model; one upstream each. */
  readonly endpoints?: readonly object[];
  readonly config?: object;
  readonly model?: object;
  readonly moreModels?: BedOptions['moreModels'];
}

const USAGE = { prompt_tokens: 1_000, completion_tokens: 1_000, total_tokens: 2_000 };

/** Answers chat completions, with the errors that it is told for keys. */
export async function startKeyed(): Promise<KeyedUpstream> {
  const says = new Map<string, Said>();
  let held: Promise<void> = Promise.resolve();
  const upstream = await startUpstream(async (response, seen) => {
    await held;
    const said = says.get(keyOf(seen));
    if (said) {
      const [status, error, headers = {}] = said;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error }));
      return;
    }
    const { model = '' } = JSON.parse(seen.body.toString() || '{}') as { model?: string };
    response.writeHead(200, { 'content-type': 'application/json' });
    const message = { role: 'assistant', content: `hello ${keyOf(seen)}`, refusal: null };
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }];
    response.end(
      JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, choices, usage: USAGE }),
    );
  });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  return {
    ...upstream,
    says,
    keys: () => upstream.requests.map(keyOf),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

function keyOf({ headers }: SeenRequest): string {
  return (headers.authorization ?? '').replace(/^Bearer /, '');
}

/** A proxy whose users have keys of their own, in front of endpoints that say which key they were asked with. */
export async function ownBed(options: OwnBedOptions = {}): Promise<OwnBed> {
  const { endpoints = [{}] } = options;
  const upstreams = await Promise.all(endpoints.map(() => startKeyed()));
  const made = await credentialsBed({
    mocks: upstreams.length,
    endpoints: upstreams.map(({ baseURL }, index) => ({ base_url: baseURL, ...endpoints[index] })),
    ...(options.config ? { config: options.config } : {}),
    ...(options.model ? { model: options.model } : {}),
    ...(options.moreModels ? { moreModels: options.moreModels } : {}),
  });
  return {
    ...made,
    upstreams,
    upstream: upstreams[0]!,
    chat: (key, content, { headers = {}, body = {} } = {}) =>
      send(`${made.bed.url}/v1/chat/completions`, {
        headers: { authorization: `Bearer ${key}`, ...headers },
        body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...body },
      }),
  };
}
