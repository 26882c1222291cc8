import { Judge } from '../conformance/judge.ts';
import type { Emission } from '../../mocks/server/emissions.ts';

/** What the answers of a test run covered, and what was wrong with them. */
export interface Verdict {
  /** Answers and events that were judged. */
  readonly judged: number;
  /** `POST /v1/responses`, with how many answers that were no refusals. */
  readonly operations: ReadonlyMap<string, number>;
  /** Types of events of Responses streams, with how often they came. */
  readonly events: ReadonlyMap<string, number>;
  /** Different faults, with the first answer of each. */
  readonly faults: readonly string[];
}

/** Component of the chunks of a stream, by path; other streams name the type of each event. */
const CHUNKS: Readonly<Record<string, string>> = {
  '/v1/chat/completions': 'CreateChatCompletionStreamResponse',
  '/v1/completions': 'CreateCompletionResponse',
  '/v1/images/generations': 'ImageGenStreamEvent',
  '/v1/images/edits': 'ImageEditStreamEvent',
  '/v1/audio/transcriptions': 'CreateTranscriptionResponseStreamEvent',
  '/v1/audio/speech': 'CreateSpeechResponseStreamEvent',
};

function dataOf(event: string): unknown {
  const data = /(?:^|\n)data: ([^\n]*)\n/.exec(event)?.[1];
  return data === undefined || data === '[DONE]' ? undefined : (JSON.parse(data) as unknown);
}

const isFault = (data: object): boolean => 'error' in data && !('type' in data);

/** The specification's chunks have no calls of custom tools. */
const isCustomCall = (data: unknown): boolean => JSON.stringify(data).includes('"custom":{');

export class EmissionJudge {
  readonly #judge = new Judge();
  readonly #operations = new Map<string, number>();
  readonly #events = new Map<string, number>();
  readonly #faults = new Map<string, string>();
  #judged = 0;

  take(emission: Emission): void {
    const { method, path, status, body, events } = emission;
    const name = `${method} ${path}`;
    if (status < 400) this.#operations.set(name, (this.#operations.get(name) ?? 0) + 1);
    if (body !== undefined) this.#try(name, () => this.#takeBody(method, path, status, body));
    for (const event of events ?? []) this.#try(name, () => this.#takeEvent(path, event));
  }

  get verdict(): Verdict {
    const faults = [...this.#faults].map(([fault, example]) => `${fault}\n    ${example}`);
    return { judged: this.#judged, operations: this.#operations, events: this.#events, faults };
  }

  #takeBody(method: string, path: string, status: number, body: string): void {
    const value: unknown = JSON.parse(body);
    if (status >= 400) this.#judge.component('ErrorResponse', value);
    else this.#judge.answer(method, path, value);
  }

  #takeEvent(path: string, event: string): void {
    const data = dataOf(event);
    if (typeof data !== 'object' || data === null || isFault(data)) return;
    const component = CHUNKS[path];
    if (component === 'CreateChatCompletionStreamResponse' && isCustomCall(data)) return;
    if (component !== undefined) this.#judge.component(component, data);
    else if (path.startsWith('/v1/responses')) this.#takeResponseEvent(data as { type: string });
    else this.#judge.component('AssistantStreamEvent', { event: /^event: (.*)$/m.exec(event)?.[1], data });
  }

  #takeResponseEvent(data: { readonly type: string }): void {
    this.#events.set(data.type, (this.#events.get(data.type) ?? 0) + 1);
    this.#judge.event(data);
  }

  #try(name: string, judge: () => void): void {
    this.#judged += 1;
    try {
      judge();
    } catch (error) {
      const [fault = '', example = ''] = String(error instanceof Error ? error.message : error).split(' in {', 2);
      const key = `${name}: ${fault}`;
      if (!this.#faults.has(key)) this.#faults.set(key, `{${example.slice(0, 600)}`);
    }
  }
}
