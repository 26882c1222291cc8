import type { IncomingHttpHeaders } from 'node:http';
import type { EndpointCredential } from '../core/credential.ts';
import { callersKey, OPENAI_CALLERS_HEADERS } from './callers-key.ts';
import type { HeaderPairs, Provider } from './types.ts';

/** Where one kind of key goes; the first row that fits counts. */
interface KeyPlace {
  /** Absent = any key. */
  readonly form?: RegExp;
  readonly header: string;
}

/** A signed token of an identity provider (RFC 7519), as Entra ID gives it out. */
const SIGNED_TOKEN: KeyPlace = { form: /^eyJ[\w-]+\.[\w-]+\./, header: 'authorization' };

/** By family of APIs: the headers that their keys and tokens go in. */
const KEY_PLACES = {
  openai: [{ header: 'authorization' }],
  anthropic: [{ form: /^sk-ant-oat/, header: 'authorization' }, SIGNED_TOKEN, { header: 'x-api-key' }],
  gemini: [{ form: /^ya29\./, header: 'authorization' }, SIGNED_TOKEN, { header: 'x-goog-api-key' }],
  azure: [SIGNED_TOKEN, { header: 'api-key' }],
} as const satisfies Readonly<Record<string, readonly KeyPlace[]>>;

/** Makes the credential headers of the APIs of one family. */
export function credentialHeadersOf(family: keyof typeof KEY_PLACES): Provider['credentialHeaders'] {
  const places: readonly KeyPlace[] = KEY_PLACES[family];
  return (credential, client, authHeader) => {
    const key = keyOf(credential, client);
    const forwarded = credential.kind === 'forward' && family === 'openai' ? openAiHeaders(client) : [];
    if (key === undefined) return forwarded;
    const header = authHeader ?? places.find(({ form }) => form?.test(key) ?? true)?.header ?? 'authorization';
    const rest = forwarded.filter(([name]) => name !== 'authorization');
    return [[header, header === 'authorization' ? `Bearer ${key}` : key], ...rest];
  };
}

function keyOf(credential: EndpointCredential, client: IncomingHttpHeaders): string | undefined {
  if (credential.kind === 'none') return undefined;
  return credential.kind === 'key' ? credential.value : callersKey(client);
}

function openAiHeaders(client: IncomingHttpHeaders): HeaderPairs {
  return OPENAI_CALLERS_HEADERS.flatMap((name): [string, string][] => {
    const value = client[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
}
