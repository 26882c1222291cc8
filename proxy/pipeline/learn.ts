import type { LearntAnswer } from '../generation/opaque-request.ts';
import type { Affinity } from '../routing/affinity.ts';
import { parseObject } from '../wire/json-object.ts';
import { secretName } from './client-secret.ts';
import { isJsonObject } from '../core/json.ts';

/**
 * Remembers which endpoint keeps what a request has created: its id, the id of its call, its client secret. Returns these
 * names.
 */
export function rememberCreated({ endpoint, headers, body }: LearntAnswer, affinity: Affinity): readonly string[] {
  const created = parseObject(body.toString()) ?? {};
  const nested = created['client_secret'];
  const secrets = [created['value'], isJsonObject(nested) ? nested['value'] : undefined];
  const { id, name, file } = created;
  const names = [name, isJsonObject(file) ? file['name'] : undefined, headers.location?.replace(/[?#].*$/, '')];
  const ids = [id, ...names.map((path) => (isName(path) ? lastSegment(path) : undefined))];
  const made = [...ids.filter(isName), ...secrets.filter(isName).map((secret) => secretName(secret))];
  affinity.remember(made, endpoint);
  return made;
}

/** Gemini names things by their paths: `files/abc`. */
function lastSegment(path: string): string | undefined {
  return path.split('/').findLast((segment) => segment !== '');
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
