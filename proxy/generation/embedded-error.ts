import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../core/json.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Protocol } from '../protocols/types.ts';
import { readErrorBody } from '../providers/error-body.ts';
import type { Provider } from '../providers/types.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import type { RefusedAnswer } from './answer.ts';

/** What is made of an answer of status 200 that turns out to be an error. */
export interface EmbeddedRefusal {
  readonly outcome: Outcome;
  /** The error as an answer of its own, with the status that it stands for; absent where that is not plain. */
  readonly answer?: RefusedAnswer;
}

/** Names the outcome of an error that stood in an answer; `reason` says where, for operators. */
export type ReadEmbedded = (error: JsonObject | undefined, reason: string) => EmbeddedRefusal;

/** An error whose object is not at hand, or that nothing more is known of. */
export const withoutDetails: ReadEmbedded = (_error, reason) => ({
  outcome: { kind: 'bad_answer', status: 200, reason },
});

export interface EmbeddedSource {
  readonly protocol: Protocol;
  readonly provider: Provider;
  readonly callersCredential: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

export function embeddedErrorReader(source: EmbeddedSource, headers: IncomingHttpHeaders): ReadEmbedded {
  const { protocol, provider, callersCredential, now } = source;
  return (error, reason) => {
    if (error === undefined) return withoutDetails(error, reason);
    const body = Buffer.from(JSON.stringify(error));
    const outcome = provider.classifyEmbedded({ status: 200, headers, body, callersCredential, now });
    const { kind, status = 200 } = outcome;
    if (kind === 'bad_answer') return withoutDetails(error, reason);
    const { message, type, param, code } = readErrorBody(body);
    const fields = { message, type: type ?? 'invalid_request_error', param: param ?? null, code: code ?? null, status };
    const answer = { status, headers: jsonHeaders(headers), body: protocol.errorBody(fields) };
    return { outcome: { ...outcome, reason: `${outcome.reason ?? kind}, told in an answer of status 200` }, answer };
  };
}

/** The endpoint's headers for a body that is written here. */
export function jsonHeaders(headers: IncomingHttpHeaders): [string, string][] {
  const relayed = relayedAnswerHeaders(headers).filter(([name]) => name !== 'content-type');
  return [['content-type', 'application/json'], ...relayed];
}
