import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../core/errors.ts';

/** Names the proxies that a request has passed: one random id each, separated by commas. */
export const INSTANCE_HEADER = 'x-llmproxy-instance';
/** A chain of proxies that is longer than this has no end. */
const MAX_PASSED = 16;

/**
 * Notes in the request's own headers, which go on to the endpoint, that it has passed this proxy. Throws ProxyError
 * `loop_detected` for one that has passed it before: an endpoint's address then leads back here.
 */
export function assertNoLoop({ headers }: IncomingMessage, instanceId: string): void {
  const given = headers[INSTANCE_HEADER];
  const passed = typeof given === 'string' ? given.split(/\s*,\s*/) : [];
  if (passed.includes(instanceId))
    throw loop('has passed this proxy before: the base_url of an endpoint leads back to it');
  if (passed.length >= MAX_PASSED) throw loop(`has passed ${passed.length} proxies`);
  headers[INSTANCE_HEADER] = [...passed, instanceId].join(', ');
}

function loop(what: string): ProxyError {
  return new ProxyError('loop_detected', `The request ${what}.`, { headers: { 'x-should-retry': 'false' } });
}
