import type { JsonObject } from '../../core/json.ts';
import { elements } from './chunk-merge.ts';
import { parseAnswer } from './chunk-writer.ts';
import { compactJson } from '../../wire/json-exact.ts';
import { scanAnswer } from '../../wire/json-scan.ts';
import { spliceMembers } from '../../wire/json-splice.ts';
import { itemEvents } from './responses-items.ts';
import { readResponseEvent } from './responses-event.ts';
import { dataBytes } from '../../wire/sse-event.ts';

const TERMINAL = ['response.completed', 'response.incomplete'];

/**
 * The `response` of the terminal event, its bytes as they came. Some servers leave its output out, which the items before it
 * had: then it is filled with them. Takes a stream that has ended, else throws TypeError.
 */
export function finalResponse(events: readonly Buffer[]): Buffer {
  const last = events.findLast((event) => TERMINAL.includes(readResponseEvent(event).type ?? ''));
  const response = last && memberOf(last, 'response');
  if (response === undefined) throw new TypeError('The stream to replay as a body has no response.completed.');
  const scan = scanAnswer(response);
  const output = scan.members.findLast(({ key }) => key === 'output');
  const empty =
    output === undefined || /^(?:\[\s*\]|null)$/.test(response.toString('latin1', output.valueStart, output.valueEnd));
  const items = empty ? doneItems(events) : [];
  if (items.length === 0) return response;
  return spliceMembers(response, scan, [{ op: 'set', key: 'output', value: `[${items.join(',')}]` }]);
}

/** The output items that the stream has brought to their end, as text, in their order. */
function doneItems(events: readonly Buffer[]): string[] {
  const items = new Map<number, string>();
  for (const event of events) {
    if (readResponseEvent(event).type !== 'response.output_item.done') continue;
    const item = memberOf(event, 'item');
    const place = Number(memberOf(event, 'output_index')?.toString() ?? items.size);
    if (item) items.set(place, item.toString());
  }
  return [...items].toSorted(([a], [b]) => a - b).map(([, item]) => item);
}

/** The bytes of one member of an event's payload. */
function memberOf(event: Buffer, name: string): Buffer | undefined {
  const data = dataBytes(event);
  const member = data && scanAnswer(data).members.findLast(({ key }) => key === name);
  return data && member && data.subarray(member.valueStart, member.valueEnd);
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

  const type = response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed';
  const head = JSON.stringify({ type, sequence_number: events.length }).slice(0, -1);
  const last = Buffer.concat([
    Buffer.from(`event: ${type}\ndata: ${head},"response":`),
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
