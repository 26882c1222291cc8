import { sentenceOf } from '../client.ts';
import { quoted } from '../format.ts';
import { NO_ANSWER, withPart, type Answer } from './answer.ts';
import type { Draft } from './draft.ts';

/** One request as it goes out. */
export interface Call {
  readonly api: Draft['api'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request and what came of it so far. Times are milliseconds from sending. */
export interface Run {
  readonly call: Call;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  readonly status?: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly answer: Answer;
  /** As they came; the last 1,000. */
  readonly events: readonly string[];
  readonly firstMs?: number | undefined;
  readonly totalMs?: number;
}

export const PATHS = { chat: '/v1/chat/completions', responses: '/v1/responses' } as const;
const MOST_EVENTS = 1_000;

/** Sends a request and shows each state of it, the last one included; an abort closes the connection. Never rejects. */
export async function send(call: Call, signal: AbortSignal, show: (run: Run) => unknown): Promise<void> {
  const begun = performance.now();
  const passed = (): number => performance.now() - begun;
  let run: Run = { call, state: 'running', headers: [], answer: NO_ANSWER, events: [] };
  const change = (news: Partial<Run>): unknown => show((run = { ...run, ...news }));
  const take = (events: readonly string[]): void => {
    const answer = events.map(jsonIn).reduce<Answer>((read, one) => withPart(read, call.api, one), run.answer);
    const hasBegun = answer.text !== '' || answer.reasoning !== '' || answer.tools.length > 0;
    const firstMs = run.firstMs ?? (hasBegun ? passed() : undefined);
    change({ answer, events: [...run.events, ...events].slice(-MOST_EVENTS), firstMs });
  };
  change({});
  try {
    const { body, headers } = call;
    const response = await fetch(PATHS[call.api], { method: 'POST', headers, body, signal });
    change({ status: response.status, headers: [...response.headers] });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (isStream && response.body) for await (const events of eventsOf(response.body)) take(events);
    else take([await response.text()]);
    change({ state: response.ok && run.answer.fault === undefined ? 'done' : 'failed', totalMs: passed() });
  } catch (error) {
    const answer = signal.aborted ? run.answer : { ...run.answer, fault: sentenceOf(error) };
    change({ state: signal.aborted ? 'stopped' : 'failed', totalMs: passed(), answer });
  }
}

/** The server-sent events of a body, as text, those of one read together. What is incomplete at its end is none. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly string[]> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const events = (rest + decoder.decode(read.value, { stream: true })).split(/\r?\n\r?\n|\r\r/);
    rest = events.pop() ?? '';
    if (events.length > 0) yield events;
  }
}

/** The data of an event, or a body; undefined where it is no JSON. */
function jsonIn(text: string): unknown {
  const data = text.split(/\r\n|\r|\n/).flatMap((line) => /^data: ?(.*)$/.exec(line)?.[1] ?? []);
  try {
    return JSON.parse(data.length === 0 ? text : data.join('\n')) as unknown;
  } catch {
    return undefined;
  }
}

/** The same request for a terminal, with variables in place of secrets. */
export function curlOf({ api, headers, body }: Call, origin: string, needsToken: boolean): string {
  const shown = Object.entries(headers).flatMap(([name, value]) => {
    if (name === 'x-csrf-token') return needsToken && 'x-llmproxy-endpoint' in headers ? [ADMIN] : [];
    return name === 'authorization' ? [KEY] : [quoted(`${name}: ${value}`)];
  });
  return [`curl -N ${origin}${PATHS[api]}`, ...shown.map((one) => `-H ${one}`), `--data-raw ${quoted(body)}`].join(' \\\n  ');
}

const KEY = '"authorization: Bearer $LLMPROXY_KEY"';
const ADMIN = '"x-llmproxy-admin-token: $LLMPROXY_ADMIN_TOKEN"';
