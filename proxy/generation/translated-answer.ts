import type { IncomingHttpHeaders } from 'node:http';
import { readFailure, writeFailure } from '../translate/errors.ts';
import { translatedHeaders } from '../translate/rate-headers.ts';
import { parseJson } from '../wire/json-object.ts';
import type { AnswerHead, RefusedAnswer } from './answer.ts';
import type { Translation } from './translated-request.ts';

const DROPPED = 'x-llmproxy-dropped';
const MAX_DROPPED = 20;

/** The headers of a translated answer: they name what of the request could not be told. */
export function withLosses(headers: AnswerHead['headers'], dropped: readonly string[]): AnswerHead['headers'] {
  return [...headers, [DROPPED, dropped.slice(0, MAX_DROPPED).join(', ')]];
}

/** What an endpoint answered with an error status, in the words of the client's family. */
export function translatedRefusal(
  translation: Translation,
  { status, headers, body }: RefusedAnswer,
  upstream: IncomingHttpHeaders,
  whose: { readonly callersCredential: boolean; readonly now: number },
): RefusedAnswer {
  const { from, to } = translation;
  const failure = readFailure(from, status, parseJson(body));
  const written = writeFailure(to, failure);
  const kept = translatedHeaders(headers, translation, whose).filter(([name]) => name !== 'content-type');
  const pause = failure.retryAfter !== undefined && upstream['retry-after'] === undefined;
  return {
    status: written.status,
    headers: [
      ['content-type', 'application/json'],
      ...kept,
      ...(pause ? [['retry-after', String(failure.retryAfter)] as const] : []),
    ],
    body: Buffer.from(JSON.stringify(written.body)),
  };
}
