import type { JsonObject } from '../../core/json.ts';
import { elements } from './chunk-merge.ts';
import { parseAnswer } from './chunk-writer.ts';
import { compactJson } from '../../wire/json-exact.ts';
import { scanAnswer } from '../../wire/json-scan.ts';
import { itemEvents } from './responses-items.ts';
import { readResponseEvent } from './responses-event.ts';
import { dataBytes } from '../../wire/sse-event.ts';

/** The `response` of `response.completed`, its bytes as they came. Takes a complete stream, else throws TypeError. */
export function finalResponse(events: readonly Buffer[]): Buffer {
  const completed = events.findLast((event) => readResponseEvent(event).type === 'response.completed');
  const data = completed === undefined ? undefined : dataBytes(completed);
  if (data !== undefined) {
    const response = scanAnswer(data).members.findLast(({ key }) => key === 'response');
    if (response !== undefined) return data.subarray(response.valueStart, response.valueEnd);
  }
  throw new TypeError('The stream to replay as a body has no response.completed.');
}

/** The events that a unary response's generation would have given. The last one carries the body's own bytes. */
export function synthesiseResponse(body: Buffer): Buffer[] {
  const response = parseAnswer(body);
  const snapshot = startOf(response);
  const middle = elements(response['output']).flatMap((item, index) => itemEvents(item, index));
  const events = [
    ['response.created', { response: snapshot }] as const,
    ['response.in_progress', { response: snapshot }] as const,
    ...middle,
  ].map(([type, fields], sequence_number) => frame(type, JSON.stringify({ type, sequence_number, ...fields })));

  const head = JSON.stringify({ type: 'response.completed', sequence_number: events.length }).slice(0, -1);
  const last = Buffer.concat([
    Buffer.from(`event: response.completed\ndata: ${head},"response":`),
    compactJson(body),
    Buffer.from('}\n\n'),
  ]);
  return [...events, last];
}

function frame(type: string, data: string): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${data}\n\n`);
}

/** The response as it was when generation began. */
function startOf(response: JsonObject): object {
  const { service_tier } = response;
  return {
    ...response,
    status: 'in_progress',
    billing: undefined,
    ...('completed_at' in response ? { completed_at: null } : {}),
    output: [],
    // The tier that served it is only known at the end.
    ...(service_tier === 'default' ? { service_tier: 'auto' } : {}),
    usage: null,
    output_text: undefined,
  };
}
