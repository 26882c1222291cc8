import type { ProviderError } from '../../dialects/errors.ts';
import type { StreamEvent } from '../../dialects/reply.ts';
import type { Delivery } from '../delivery.ts';
import { deliveryOf } from '../delivery.ts';
import type { FaultEffect, FaultScene } from './effect.ts';
import { errorWith } from './provider-error.ts';

const CREATED = 'event: response.created\ndata: {"type":"response.created"';

/**
 * `response.failed`, made from the event that created the response. It is edited as text, because parsing would turn `1.0`
 * into `1`; the fields that change stand before all that came from the request, but for the number, which stands behind it.
 */
function responseFailed(created: string, error: ProviderError, sequence: number): string {
  const failure = JSON.stringify({ code: error.code ?? error.type, message: error.message });
  return created
    .replace(CREATED, CREATED.replaceAll('created', 'failed'))
    .replace(/"sequence_number":0\}\n\n$/, `"sequence_number":${sequence}}\n\n`)
    .replace(/"status":"(?:in_progress|queued)"/, '"status":"failed"')
    .replace('"error":null', () => `"error":${failure}`);
}

interface Failure {
  readonly status: number;
  readonly error: ProviderError;
}

function* failing(
  events: Iterable<StreamEvent>,
  after: number,
  { status, error }: Failure,
  { family, context, operation = '' }: FaultScene,
): Generator<StreamEvent> {
  let first: string | undefined;
  let sent = 0;
  if (after > 0) {
    for (const event of events) {
      first ??= event.bytes;
      yield event;
      sent += 1;
      if (sent === after) break;
    }
  }
  yield* family.streamFailure({ operation, status, error, eventsSent: sent, context });
  if (first?.startsWith(CREATED)) {
    yield { bytes: responseFailed(first, error, sent + 1), tokens: 0, kind: 'close' };
  }
}

/** A Responses stream that ends as failed without an error event before it. */
export function* abandoned(
  events: Iterable<StreamEvent>,
  after: number,
  { family }: FaultScene,
): Generator<StreamEvent> {
  let first: string | undefined;
  let sent = 0;
  for (const event of events) {
    // The event that created the response comes always: the end is made from it.
    if (first !== undefined && sent >= after) break;
    first ??= event.bytes;
    yield event;
    sent += 1;
  }
  if (first === undefined) return;
  const bytes = responseFailed(first, errorWith(family, 500, { code: 'server_error' }), sent);
  yield { bytes, tokens: 0, kind: 'close' };
}

/** The status with which a provider says that it is overloaded. */
const OVERLOADED_ANTHROPIC = 529;
const OVERLOADED = 503;

/** A stream that breaks off with an error event that says overloaded. */
export function overloaded(after: number, scene: FaultScene): Delivery {
  const { normal, family } = scene;
  const status = family.id === 'anthropic' ? OVERLOADED_ANTHROPIC : OVERLOADED;
  const failure = { status, error: errorWith(family, status) };
  const delivery = normal();
  return { ...delivery, events: failing(delivery.events, after, failure, scene) };
}

export const errorFirst: FaultEffect<'error-first'> = (fault, scene) => {
  const { normal, context, family } = scene;
  const error = errorWith(family, 500, fault.error);
  const delivery = normal();
  if (delivery.wholeTokens !== undefined) return deliveryOf(family.errorReply(500, error, context));
  return { ...delivery, events: failing(delivery.events, fault.afterEvents ?? 0, { status: 500, error }, scene) };
};
