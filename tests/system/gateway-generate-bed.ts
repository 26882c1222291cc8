import { onTestFinished } from 'vitest';
import type { BedOptions } from './bed.ts';
import { startBed, type Bed } from './bed.ts';
import { send } from './http.ts';

export const SERVICE_KEY = 'service-key-of-a-test';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface GenerateBed {
  readonly bed: Bed;
  readonly generate: (fields?: object, headers?: Record<string, string>) => Promise<Answer>;
  /** A call to `/api/governance`; throws with the answer when it was refused. */
  readonly govern: (path: string, fields: object) => Promise<Record<string, unknown>>;
  /** A row of the usage report for administrators. */
  readonly totals: () => Promise<Record<string, unknown>>;
}

export interface GenerateOptions extends BedOptions {
  /** Members of the section `gateway`. */
  readonly gateway?: object;
  /** The section `providers`, by the origin of the mock. */
  readonly providers?: (origin: string) => object;
}

/** A proxy in this process with a key for services, whose providers are one mock in three dialects. */
export async function generateBed({ gateway, providers, ...options }: GenerateOptions = {}): Promise<GenerateBed> {
  const upstream = await startBed({ ...options, config: {} });
  onTestFinished(() => upstream[Symbol.asyncDispose]());
  const origin = `http://127.0.0.1:${upstream.mock.port}`;
  const bed = await startBed({
    mocks: 1,
    config: {
      database: { url: ':memory:' },
      auth: { admin: 'open' },
      gateway: { service_key: SERVICE_KEY, ...gateway },
      providers: {
        claude: { base_url: origin, api_key: 'sk-operator-claude' },
        openai: { base_url: `${origin}/v1`, api_key: 'sk-operator-openai' },
        gemini: { base_url: `${origin}/v1beta`, api_key: 'sk-operator-gemini' },
        ...providers?.(origin),
      },
      ...options.config,
    },
  });
  onTestFinished(() => bed[Symbol.asyncDispose]());
  const call = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await send(`${bed.url}${path}`, { method: 'POST', body, headers });
    const text = answer.body.toString();
    return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : {} };
  };
  return {
    bed: { ...bed, requests: () => upstream.requests() },
    generate: (fields = {}, headers = { 'x-service-key': SERVICE_KEY }) =>
      call('/api/v1/generate', { user_id: 'u1', service: 'chat', prompt: 'Say hello', ...fields }, headers),
    govern: async (path, fields) => {
      const { status, text, json } = await call(`/api/governance${path}`, fields);
      if (status >= 300) throw new Error(`${status} ${text}`);
      return json;
    },
    totals: async () => {
      const answer = await fetch(`${bed.url}/api/governance/usage?group_by=model`);
      return (await answer.json()) as Record<string, unknown>;
    },
  };
}
