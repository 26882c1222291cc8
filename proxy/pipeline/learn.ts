import type { LearntAnswer } from '../generation/opaque-request.ts';
import type { Affinity } from '../routing/affinity.ts';
import { parseObject } from '../wire/json-object.ts';
import { secretName } from './client-secret.ts';
import { isJsonObject } from '../core/json.ts';

/** Remembers which endpoint keeps what a request has created: its id, the id of its call, its client secret. */
export function rememberCreated({ endpoint, headers, body }: LearntAnswer, affinity: Affinity): void {
  const created = parseObject(body.toString()) ?? {};
  const nested = created['client_secret'];
  const secrets = [created['value'], isJsonObject(nested) ? nested['value'] : undefined];
  const ids = [
    created['id'],
    headers.location
      ?.replace(/[?#].*$/, '')
      .split('/')
      .findLast((segment) => segment !== ''),
  ];
  affinity.remember([...ids.filter(isName), ...secrets.filter(isName).map((secret) => secretName(secret))], endpoint);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
