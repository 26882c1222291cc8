import type { IncomingHttpHeaders } from 'node:http';
import { callerKey } from '../wire/caller-key.ts';
import type { HeaderPairs, Provider } from './types.ts';

/** Headers of OpenAI's clients that belong to the credential of the caller and travel only beside it. */
export const OPENAI_CALLERS_HEADERS = ['authorization', 'openai-organization', 'openai-project'] as const;

/** Its value has a scheme. */
const BEARER = 'authorization';

/** Where one kind of key goes; the first row that fits counts. */
interface KeyPlace {
  /** Absent = any key. */
  readonly form?: RegExp;
  readonly header: string;
}

/** A signed token of an identity provider (RFC 7519), as Entra ID gives it out. */
const SIGNED_TOKEN: KeyPlace = { form: /^eyJ[\w-]+\.[\w-]+\./, header: BEARER };

/** By family of APIs: the headers that their keys and tokens go in. */
const KEY_PLACES = {
  openai: [],
  anthropic: [{ form: /^sk-ant-oat/, header: BEARER }, SIGNED_TOKEN, { header: 'x-api-key' }],
  gemini: [{ form: /^ya29\./, header: BEARER }, SIGNED_TOKEN, { header: 'x-goog-api-key' }],
  azure: [SIGNED_TOKEN, { header: 'api-key' }],
} as const satisfies Readonly<Record<string, readonly KeyPlace[]>>;

/** Makes the credential headers of the APIs of one family. */
export function credentialHeadersOf(family: keyof typeof KEY_PLACES): Provider['credentialHeaders'] {
  const places: readonly KeyPlace[] = KEY_PLACES[family];
  const place = (key: string, authHeader: string | undefined): readonly [string, string] => {
    const header = authHeader ?? places.find(({ form }) => form?.test(key) ?? true)?.header ?? BEARER;
    return [header, header === BEARER ? `Bearer ${key}` : key];
  };
  return (credential, client, authHeader) => {
    if (credential.kind === 'none') return [];
    if (credential.kind === 'key') return [place(credential.value, authHeader)];
    const own = family === 'openai' && authHeader === undefined ? openAiHeaders(client) : [];
    if (own.some(([name]) => name === BEARER)) return own;
    const key = callerKey(client);
    return key === undefined ? own : [place(key, authHeader), ...own];
  };
}

/** What a client of OpenAI sends, as it came. */
function openAiHeaders(client: IncomingHttpHeaders): HeaderPairs {
  return OPENAI_CALLERS_HEADERS.flatMap((name): [string, string][] => {
    const value = client[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
}
