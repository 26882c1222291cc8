import { chatCompletions } from '../protocols/openai/chat-completions.ts';
import { responses } from '../protocols/openai/responses.ts';
import { splitEvents } from '../wire/sse.ts';
import type { AnswerContext, Step } from './steps.ts';
import type { RequestTarget } from './types.ts';

/** What tests of all families need: an endpoint, a client, answers. */

export function target(given: Partial<RequestTarget> = {}): RequestTarget {
  return { model: 'upstream-model', provider: 'openai', strict: false, acceptsSeal: () => true, ...given };
}

export function context(given: Partial<AnswerContext> = {}): AnswerContext {
  let count = 0;
  return {
    model: 'public-model',
    now: 1_750_000_000_000,
    random: { alnum: (length) => String(count++).padStart(length, 'a') },
    includeUsage: true,
    request: {},
    ...given,
  };
}

/** The client's protocol, for the families whose protocol stands. */
export const PROTOCOL = { chat: chatCompletions, responses };

export type OpenAiFamily = keyof typeof PROTOCOL;

/** One event of an endpoint's stream for each payload. */
export function chunks(...payloads: readonly object[]): Buffer {
  return Buffer.from(payloads.map((payload) => `data: ${JSON.stringify(payload)}\n\n`).join(''));
}

/** A chunk of a chat completion with one delta. */
export function delta(members: object, more: object = {}): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'upstream',
    choices: [{ index: 0, delta: members, finish_reason: null, ...more }],
  };
}

export const DONE = Buffer.from('data: [DONE]\n\n');

/** The chunks with a finish chunk and `[DONE]` behind them. */
export function chatStream(deltas: readonly object[], finish = 'stop', usage?: object): Buffer {
  const last = delta({}, { finish_reason: finish });
  const counted = usage === undefined ? [] : [{ ...delta({}), choices: [], usage }];
  return Buffer.concat([chunks(...deltas.map((members) => delta(members)), last, ...counted), DONE]);
}

/** Kinds of all steps, in their order. */
export function kinds(steps: readonly Step[]): string[] {
  return steps.map((step) => step.kind);
}

/** What the steps say in text: answer, reasoning, refusal, and each call. */
export function said(steps: readonly Step[]) {
  const texts = { text: '', reasoning: '', refusal: '' };
  const calls = new Map<number, { id: string; name: string; input: string; custom?: true }>();
  for (const step of steps) {
    if (step.kind === 'text-delta') texts.text += step.text;
    if (step.kind === 'reasoning-delta') texts.reasoning += step.text;
    if (step.kind === 'refusal-delta') texts.refusal += step.text;
    if (step.kind === 'call-start') {
      const { id, name, custom } = step;
      calls.set(step.block, { id, name, input: '', ...(custom === true ? { custom } : {}) });
    }
    const call = step.kind === 'call-delta' ? calls.get(step.block) : undefined;
    if (call !== undefined && step.kind === 'call-delta') call.input += step.input;
  }
  return { ...texts, calls: [...calls.values()] };
}

/** Payloads of a stream of the client, the closing mark left out. */
export function payloads(stream: Buffer): Record<string, unknown>[] {
  return splitEvents(stream)
    .map((event) =>
      event
        .toString()
        .replace(/^event: .*\n/, '')
        .replace(/^data: /, '')
        .trim(),
    )
    .filter((data) => data !== '' && data !== '[DONE]')
    .map((data) => JSON.parse(data) as Record<string, unknown>);
}
