import type { Conversation } from './conversation.ts';
import type { AnswerContext, Step } from './steps.ts';
import type { RequestTarget } from './types.ts';

/** An endpoint that takes every seal of its own family. */
export function targetFor(model: string, more: Partial<RequestTarget> = {}): RequestTarget {
  return { model, provider: 'test', strict: false, acceptsSeal: () => true, ...more };
}

/** One question of a chat client. */
export function conversation(more: Partial<Conversation> = {}): Conversation {
  return {
    family: 'chat',
    model: 'm',
    stream: false,
    turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
    includeUsage: false,
    rest: {},
    ...more,
  };
}

/** A context whose ids count up: `0000…1`, `0000…2`. */
export function contextFor(more: Partial<AnswerContext> = {}): AnswerContext {
  let made = 0;
  return {
    model: 'asked-for',
    now: Date.UTC(2026, 10, 27),
    random: {
      alnum: (length) => {
        made += 1;
        return String(made).padStart(length, '0');
      },
    },
    includeUsage: true,
    request: {},
    ...more,
  };
}

/** Data of each event of a written stream, with its name. */
export function eventsOf(buffers: readonly Buffer[]): { readonly event: string | undefined; readonly data: unknown }[] {
  return Buffer.concat(buffers)
    .toString()
    .split(/\r\n\r\n|\n\n/)
    .filter((text) => text !== '')
    .map((text) => {
      const lines = text.split(/\r?\n/);
      const event = lines.find((line) => line.startsWith('event: '))?.slice(7);
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6) ?? '';
      return { event, data: data === '[DONE]' ? data : (JSON.parse(data) as unknown) };
    });
}

/** Steps whose pieces are joined: the form in which a stream and a whole answer say the same. */
export function joined(steps: readonly Step[]): Step[] {
  const result: Step[] = [];
  const places = new Map<string, number>();
  for (const step of steps) {
    if (step.kind !== 'text-delta' && step.kind !== 'reasoning-delta' && step.kind !== 'call-delta') {
      result.push(step);
      continue;
    }
    const key = `${step.kind}${step.block}`;
    const place = places.get(key);
    const before = place === undefined ? undefined : result[place];
    if (place === undefined || before === undefined) places.set(key, result.push(step) - 1);
    else if (before.kind === 'call-delta' && step.kind === 'call-delta') {
      result[place] = { ...before, input: before.input + step.input };
    } else if (before.kind !== 'call-delta' && 'text' in before && 'text' in step) {
      result[place] = { ...before, text: before.text + step.text } as Step;
    }
  }
  return result;
}
