import { onTestFinished } from 'vitest';
import type { Bed, BedOptions } from './bed.ts';
import { governedBed, type Callers } from './governed-bed.ts';
import { send, type RawAnswer } from './http.ts';

export const BASE = '/api/v1/users/me';

export interface Reply extends RawAnswer {
  readonly text: string;
  readonly json: unknown;
}

/** What tests look at of a credential. */
export interface Shown {
  readonly id: string;
  readonly provider: string;
  readonly api_key_masked: string;
  readonly model_name: string | null;
  readonly is_default: boolean;
  readonly is_active: boolean;
  readonly last_validated_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface CredentialsBed {
  readonly bed: Bed;
  readonly callers: Callers;
  /** A call below `/api/v1/users/me`. */
  readonly call: (
    key: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: object,
  ) => Promise<Reply>;
  /** Stores a key; throws with the answer when it was refused. */
  readonly store: (key: string, fields: object) => Promise<Shown>;
  readonly list: (key: string, query?: string) => Promise<readonly Shown[]>;
}

/** A proxy in this process whose users may store keys. Closed when the test ends. */
export async function credentialsBed(options: BedOptions = {}): Promise<CredentialsBed> {
  const { bed, callers } = await governedBed(options);
  onTestFinished(() => bed[Symbol.asyncDispose]());
  const call: CredentialsBed['call'] = async (key, method, path, body, headers = {}) => {
    const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const answer = await send(`${bed.url}${BASE}${path}`, { method, body, headers: { ...authorization, ...headers } });
    return read(answer);
  };
  return {
    bed,
    callers,
    call,
    store: async (key, fields) => {
      const { status, text, json } = await call(key, 'POST', '/llm-credentials', fields);
      if (status !== 200) throw new Error(`${status} ${text}`);
      return json as Shown;
    },
    list: async (key, query = '') => (await call(key, 'GET', `/llm-credentials${query}`)).json as Shown[],
  };
}

export function read(answer: RawAnswer): Reply {
  const text = answer.body.toString();
  return { ...answer, text, json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : undefined };
}
