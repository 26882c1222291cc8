import { randomUUID } from 'node:crypto';
import { eventsOf } from '../../tools/reliability/answer.ts';
import { exchange, type Exchange } from '../../tools/reliability/client.ts';
import { READERS } from '../../tools/reliability/shapes/table.ts';

export const MODEL = 'gpt-4o-mini';
/** In the prompts of clients that leave: the endpoint stops in the middle, so that both sides know what was sent. */
export const SLOWLY = 'Slowly';
const PATIENCE_MS = 30_000;
/** Stands in the answer before the place where a `SLOWLY` answer stops. */
const LEAVE_AT = 'rivers';
/** Old questions that may be asked again. */
const REMEMBERED = 200;

type Shape = 'chat' | 'responses';

export interface Question {
  readonly shape: Shape;
  readonly stream: boolean;
  readonly prompt: string;
}

/** How a request of the mix ended for its client; everything under `wrong` must not happen. */
export type End = 'answered' | 'refused' | 'interrupted' | 'left' | 'wrong';

export interface Ended {
  readonly id: string;
  readonly end: End;
  /** The status and code, or what was wrong. */
  readonly detail: string;
  readonly cache: string;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function isError(data: string): boolean {
  const event = parsed(data);
  return (event?.['error'] ?? null) !== null || event?.['type'] === 'error' || event?.['type'] === 'response.failed';
}

function streamEnd({ body, ending }: Exchange, shape: Shape): [End, string] {
  const events = eventsOf(body);
  if (events.some(({ data }) => isError(data))) return ['interrupted', 'error event'];
  if (ending === 'cut') return ['wrong', 'a stream was cut without an error event'];
  return events.some((event) => READERS[shape].isTerminal(event))
    ? ['answered', '200']
    : ['wrong', 'a stream has no end'];
}

/** How an exchange ended for its client, and in which words. */
export function endOf(seen: Exchange, { shape, stream }: Question): [End, string] {
  const { status, body, ending } = seen;
  if (ending === 'left') return ['left', 'left'];
  if (ending === 'hang') return ['wrong', 'no end within 30 seconds'];
  if (status === 0) return ['wrong', 'the connection ended before an answer'];
  if (status === 200 && stream) return streamEnd(seen, shape);
  const value = parsed(body);
  if (ending === 'cut' || value === undefined) return ['wrong', `a body under ${status} is not whole`];
  if (status === 200) return ['choices' in value || 'output' in value ? 'answered' : 'wrong', '200'];
  const failure = value['error'] as { code?: unknown; type?: unknown } | undefined;
  if (failure === undefined) return ['wrong', `${status} without an error object`];
  return ['refused', `${status} ${String(failure.code ?? failure.type)}`];
}

/** Sends a question once. `id` is its request id. */
export function askOnce(
  url: string,
  question: Question,
  more: { readonly id: string; readonly leaveAt?: string },
): Promise<Exchange> {
  const { shape, stream, prompt } = question;
  const { id, ...rest } = more;
  const asked = shape === 'chat' ? { messages: [{ role: 'user', content: prompt }] } : { input: prompt };
  return exchange({
    url: `${url}/v1/${shape === 'chat' ? 'chat/completions' : 'responses'}`,
    body: { model: MODEL, ...asked, stream },
    headers: { 'x-request-id': id },
    patienceMs: PATIENCE_MS,
    ...rest,
  });
}

/** Asks a question until it is done with; resolves whatever happens. `leaveAt`: the client leaves once it has seen this. */
export type Ask = (question: Question, more?: { readonly leaveAt?: string }) => Promise<void>;

/** One proxy that is asked once. */
export function askingOne(url: string, report: (ended: Ended) => void): Ask {
  return async (question, more = {}) => {
    const id = `soak-${randomUUID()}`;
    const seen = await askOnce(url, question, { id, ...more });
    const [end, detail] = endOf(seen, question);
    report({ id, end, detail, cache: String(seen.headers['x-llmproxy-cache'] ?? 'none') });
  };
}

/** Requests of every kind, new and repeated ones, alone and in pairs, some of whose clients leave early. */
export class Mix {
  readonly #ask: Ask;
  readonly #old: Question[] = [];
  #number = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Asks the next question of the mix; some are asked twice at once. */
  async next(): Promise<void> {
    const number = (this.#number += 1);
    const repeated = number % 5 === 0 ? this.#old[(number * 7) % this.#old.length] : undefined;
    const question = repeated ?? this.#newQuestion(number);
    if (number % 9 === 0) await Promise.all([this.#ask(question), this.#ask(question)]);
    else if (question.stream && number % 11 === 0) await this.#leave(question);
    else await this.#ask(question);
  }

  #newQuestion(number: number): Question {
    const shape = number % 2 === 0 ? 'chat' : 'responses';
    const question = { shape, stream: number % 3 !== 0, prompt: `Question ${number} of ${randomUUID()}` } as const;
    if (this.#old.push(question) > REMEMBERED) this.#old.shift();
    return question;
  }

  async #leave(question: Question): Promise<void> {
    await this.#ask({ ...question, prompt: `${SLOWLY}: ${randomUUID()}` }, { leaveAt: LEAVE_AT });
  }
}
