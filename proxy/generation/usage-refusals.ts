import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import { Pauses } from '../routing/pauses.ts';
import type { Endpoint } from '../routing/types.ts';
import type { RefusedAnswer } from './answer.ts';

/** An endpoint may be updated: after this time it is asked for usage again. */
const REMEMBERED_MS = 24 * 3_600_000;
const MAX_TARGETS = 1_000;
const MENTION = /\b(?:stream_options|include_usage)\b/;

/**
 * Endpoints that refuse `stream_options.include_usage`, which the proxy adds to a stream that is recorded. They are asked
 * without it.
 */
export class UsageRefusals {
  readonly #targets: Pauses;

  constructor(clock: Clock, maxTargets = MAX_TARGETS) {
    this.#targets = new Pauses({ clock, maxEntries: maxTargets });
  }

  has(endpoint: Endpoint): boolean {
    return this.#targets.remainingMs(targetOf(endpoint)) > 0;
  }

  add(endpoint: Endpoint): void {
    this.#targets.pause(targetOf(endpoint), REMEMBERED_MS);
  }
}

/** Whether an endpoint may have refused a request because of the added field. */
export function mentionsUsage({ reason = '' }: Outcome, answer: RefusedAnswer | undefined): boolean {
  return MENTION.test(reason) || (answer !== undefined && MENTION.test(answer.body.toString('latin1')));
}

/** What takes the field or refuses it: the server and its model, whatever the endpoint's name or key. */
function targetOf({ provider, origin, basePath, upstreamModel = '' }: Endpoint): string {
  return `${provider} ${origin}${basePath} ${upstreamModel}`;
}
