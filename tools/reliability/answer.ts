import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  readonly data: string;
}

type Shape = 'chat' | 'responses';

interface Part {
  readonly text?: string;
}

interface ChatBody {
  readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[];
}

interface ResponseBody {
  readonly output?: readonly { readonly content?: readonly Part[] }[];
}

interface ChatChunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

interface ResponseEvent {
  readonly type?: string;
  readonly delta?: string;
}

/** The events of a stream by the grammar of EventSource. */
export function eventsOf(body: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => void events.push({ data }) });
  parser.feed(body);
  return events;
}

/** The text of a JSON answer; undefined when it has not the shape of one. */
export function textOfBody(value: unknown, shape: Shape): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (shape === 'chat') return (value as ChatBody).choices?.[0]?.message?.content ?? undefined;
  const { output } = value as ResponseBody;
  return output?.flatMap(({ content }) => content?.map(({ text }) => text ?? '') ?? []).join('');
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}

/** The deltas of a stream put together. */
export function textOfEvents(events: readonly StreamEvent[], shape: Shape): string {
  const pieces = events.map(({ data }) => {
    const value = parsed(data);
    if (typeof value !== 'object' || value === null) return '';
    if (shape === 'chat') return (value as ChatChunk).choices?.[0]?.delta?.content ?? '';
    const { type, delta } = value as ResponseEvent;
    return type === 'response.output_text.delta' ? (delta ?? '') : '';
  });
  return pieces.join('');
}

/** Whether an event says that the answer is whole. */
export function isTerminal({ data }: StreamEvent, shape: Shape): boolean {
  if (shape === 'chat') return data === '[DONE]';
  const { type } = (parsed(data) ?? {}) as ResponseEvent;
  return type === 'response.completed' || type === 'response.incomplete';
}

/** What clients read: nothing that comes after the first terminal event. */
export function uptoTerminal(events: readonly StreamEvent[], shape: Shape): readonly StreamEvent[] {
  const last = events.findIndex((event) => isTerminal(event, shape));
  return last === -1 ? events : events.slice(0, last + 1);
}
