import { createHash, timingSafeEqual } from 'node:crypto';
import { unprocessable } from '../../core/detail-fault.ts';
import { ProxyError } from '../../core/errors.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { ValidationError } from './detail-protocol.ts';
import type { GatewayTools } from './types.ts';

const HEADER = 'x-service-key';

/** Lets services in, by the head alone. Throws ProxyError `validation_failed` without a key, `invalid_service_key` for a wrong one. */
export function identifyService(context: RequestContext, { governed }: Runtime, tools: GatewayTools): void {
  const given = context.head.headers[HEADER];
  if (given === undefined) {
    throw new ValidationError(unprocessable({ type: 'missing', loc: ['header', HEADER], msg: 'Field required' }));
  }
  if (typeof given !== 'string' || !timingSafeEqual(digest(given), digest(tools.serviceKey.reveal()))) {
    governed?.watch.refused('invalid_service_key');
    throw new ProxyError('invalid_service_key', 'Invalid service key');
  }
  // Nothing of the head is meant for a provider.
  const { method, path } = context.head;
  context.head = { method, path, query: '', headers: {} };
  context.principal = {};
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
