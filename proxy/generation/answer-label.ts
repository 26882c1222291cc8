import type { IncomingHttpHeaders } from 'node:http';
import type { AnswerShape } from '../protocols/types.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';

const LABELS: Readonly<Record<AnswerShape, { readonly accepted: string; readonly own: string }>> = {
  stream: { accepted: 'text/event-stream', own: 'text/event-stream; charset=utf-8' },
  body: { accepted: 'application/json', own: 'application/json' },
};

/**
 * The headers of a good answer as clients see them. The body was recognised by its bytes: an endpoint's label that is
 * missing, there twice or wrong is replaced by the one that fits.
 */
export function labelledHeaders(headers: IncomingHttpHeaders, shape: AnswerShape): [string, string][] {
  const { accepted, own } = LABELS[shape];
  const relayed = relayedAnswerHeaders(headers);
  const label = relayed.find(([name]) => name === 'content-type')?.[1];
  if (label?.toLowerCase().startsWith(accepted)) return relayed;
  return [['content-type', own], ...relayed.filter(([name]) => name !== 'content-type')];
}
