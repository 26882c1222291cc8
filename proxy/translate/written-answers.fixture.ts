import { expect } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { splitEvents } from '../wire/sse.ts';
import { chat } from './chat/index.ts';
import type { Seal } from './conversation.ts';
import { context, PROTOCOL } from './openai-families.fixture.ts';
import { responses } from './responses/index.ts';
import type { AnswerContext, Step, StopCause } from './steps.ts';

/** Answers as endpoints of every family give them, in steps, written for the clients of OpenAI's families. */
export const A: Seal = { family: 'messages', model: 'claude', value: 'sig' };
export const G: Seal = { family: 'gemini', model: 'gemini', value: 'thought' };

export const start: Step = { kind: 'start', id: 'msg_1', model: 'upstream' };
export const text = (block: number, ...pieces: string[]): Step[] => [
  { kind: 'text-start', block, choice: 0 },
  ...pieces.map((piece): Step => ({ kind: 'text-delta', block, text: piece })),
  { kind: 'block-end', block },
];
export const thought = (block: number, words: string, seal: Seal, redacted = false): Step[] => [
  { kind: 'reasoning-start', block, choice: 0 },
  ...(words === '' ? [] : [{ kind: 'reasoning-delta', block, text: words } as const]),
  { kind: 'seal', block, seal, ...(redacted ? { redacted } : {}) },
  { kind: 'block-end', block },
];
export const call = (block: number, id: string, input: string, seal?: Seal, name = 'f'): Step[] => [
  { kind: 'call-start', block, choice: 0, id, name },
  ...(input === '' ? [] : [{ kind: 'call-delta', block, input } as const]),
  ...(seal === undefined ? [] : [{ kind: 'seal', block, seal } as const]),
  { kind: 'block-end', block },
];
export const ending = (cause: StopCause, native?: string): Step[] => [
  { kind: 'finish', choice: 0, cause, ...(native === undefined ? {} : { native }) },
  { kind: 'usage', usage: { input: 2110, output: 30, cacheRead: 2000, cacheWrite: 100, reasoning: 20 } },
  { kind: 'end' },
];

const FAMILIES = { chat, responses };
type Name = keyof typeof FAMILIES;

/** The unary answer, after the stream was found to say the same. */
export function written(name: Name, steps: readonly Step[], given: Partial<AnswerContext> = {}): JsonObject {
  const body = FAMILIES[name].answerWriter(context(given)).body(steps);
  const writer = FAMILIES[name].answerWriter(context(given));
  const stream = Buffer.concat(steps.flatMap((step) => [...writer.events([step])]));
  const protocol = PROTOCOL[name];
  const fromStream = JSON.parse(protocol.streamToBody(splitEvents(stream)).toString()) as JsonObject;
  const parsed = JSON.parse(body.toString()) as JsonObject;
  expect(withoutSeals(fromStream)).toEqual(withoutSeals(parsed));
  expect(protocol.judgeStream(splitEvents(stream)).ended).toBe(true);
  return parsed;
}

/** Ids are made anew. In a stream that is fed step by step the seal of a call comes behind its beginning. */
function withoutSeals(body: JsonObject): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => {
      if (key === 'id' || key === 'extra_content') return undefined;
      return Array.isArray(value) ? value.filter((item: JsonObject) => item?.['type'] !== 'reasoning') : value;
    }),
  );
}

export const message = (steps: readonly Step[], given?: Partial<AnswerContext>) =>
  (written('chat', steps, given)['choices'] as JsonObject[])[0] ?? {};
export const output = (steps: readonly Step[], given?: Partial<AnswerContext>) =>
  written('responses', steps, given)['output'];
