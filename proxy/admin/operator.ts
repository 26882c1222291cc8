import type { IncomingHttpHeaders } from 'node:http';
import type { AuthConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { accessOf, type Place } from './access.ts';
import { Sessions } from './dashboard/session.ts';

/** On routes of the APIs `Authorization` is the caller's own. */
const TOKEN_HEADER = 'x-llmproxy-admin-token';

export interface OperatorOptions {
  readonly auth: AuthConfig;
  readonly place: Place;
  readonly clock: Pick<Clock, 'now'>;
}

interface Asked {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Whether a request of an API comes from an operator of the proxy: from a session of the dashboard, with the admin token in a header
 * of its own, or from this machine where that is enough.
 */
export function operatorCheck({ auth, place, clock }: OperatorOptions): (request: Asked) => boolean {
  const sessions = new Sessions(() => auth.adminToken, clock);
  return (request) => {
    const { headers } = request;
    const given = headers[TOKEN_HEADER] ?? (sessions.allows(request) ? auth.adminToken?.reveal() : undefined);
    const authorization = given === undefined ? undefined : `Bearer ${String(given)}`;
    return accessOf({ ...headers, authorization }, auth, place) !== undefined;
  };
}
