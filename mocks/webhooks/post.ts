import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { isLocal } from './address.ts';
import type { WebhookAttempt } from './delivery.ts';

const TIMEOUT_MS = 15_000;

type Outcome = Pick<WebhookAttempt, 'status' | 'error'>;

/** Posts to an address and tells what came of it. Redirects are answers like any other. */
export async function post(address: string, headers: Readonly<Record<string, string>>, body: string): Promise<Outcome> {
  const url = new URL(address);
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const options = { method: 'POST', headers, agent: false, timeout: TIMEOUT_MS };
  const sent =
    url.protocol === 'https:' ? secure(url, { ...options, rejectUnauthorized: !isLocal(url) }) : plain(url, options);
  sent.on('response', (response) => {
    response.resume();
    resolve({ status: response.statusCode });
  });
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  sent.on('error', ({ message }) => resolve({ error: message }));
  sent.end(body);
  return promise;
}
