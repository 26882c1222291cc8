import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../core/json.ts';
import { chatCompletions as chat } from './chat-completions.ts';
import { completions } from './completions.ts';
import { responses } from './responses.ts';
import type { Protocol } from '../types.ts';

/** Members that no provider has today, with any value. */
const unknown = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,6}$/), fc.jsonValue() as fc.Arbitrary<Json>, {
  maxKeys: 3,
});
const text = fc.string({ unit: 'grapheme', maxLength: 60 });

/** Whether everything in `part` stands in `whole` too: objects member by member, everything else as it is. */
function missing(part: unknown, whole: unknown, path = ''): string[] {
  if (isObject(part) && isObject(whole)) {
    return Object.entries(part).flatMap(([name, value]) => missing(value, whole[name], `${path}.${name}`));
  }
  if (Array.isArray(part) && Array.isArray(whole) && part.length === whole.length && part.some(isObject)) {
    return part.flatMap((value, index) => missing(value, whole[index], `${path}[${index}]`));
  }
  return JSON.stringify(part) === JSON.stringify(whole)
    ? []
    : [`${path}: ${JSON.stringify(part)} is ${JSON.stringify(whole)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function thereAndBack(protocol: Protocol, body: object): unknown {
  const events = protocol.bodyToStream(Buffer.from(JSON.stringify(body)));
  return JSON.parse(protocol.streamToBody(events).toString());
}

const call = fc
  .record({ at: fc.nat(9), more: unknown, inner: unknown, args: text, custom: fc.boolean() })
  .map(({ at, more, inner, args, custom }) => ({
    id: `call_${at}`,
    type: custom ? 'custom' : 'function',
    ...(custom
      ? { custom: { name: 'f', input: args, ...inner } }
      : { function: { name: 'f', arguments: args, ...inner } }),
    ...more,
  }));
const part = fc.oneof(
  fc.record({ more: unknown, text }).map(({ more, text: said }) => ({ type: 'text', text: said, ...more })),
  fc
    .record({ more: unknown, text })
    .map(({ more, text: said }) => ({ type: 'thinking', thinking: [{ type: 'text', text: said }], ...more })),
);
const content = fc.oneof(
  text.filter((said) => said !== ''),
  fc.array(part, { minLength: 1, maxLength: 4 }),
);
const logprobs = fc.option(
  fc.record({ more: unknown, entry: unknown }).map(({ more, entry }) => ({
    content: [{ token: 'a', logprob: -1, ...entry }],
    refusal: null,
    ...more,
  })),
);

const choice = fc
  .record({
    content,
    calls: fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 3 }),
    message: unknown,
    more: unknown,
    reasoning: text,
    logprobs,
  })
  .map((one) => ({
    message: {
      role: 'assistant',
      content: one.content,
      ...(one.calls.length > 0 ? { tool_calls: one.calls } : {}),
      ...(one.reasoning === '' ? {} : { reasoning_content: one.reasoning }),
      ...one.message,
    },
    logprobs: one.logprobs,
    finish_reason: 'stop',
    ...one.more,
  }));

const body = fc
  .record({ choices: fc.array(choice, { minLength: 1, maxLength: 3 }), more: unknown, usage: unknown })
  .map(({ choices, more, usage }) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: choices.map((one, index) => ({ index, ...one })),
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, ...usage },
    ...more,
  }));

describe('no field of any provider is lost', () => {
  test('from a chat completion to a stream and back', () => {
    fc.assert(
      fc.property(body, (answer) => {
        expect(missing(answer, thereAndBack(chat, answer))).toEqual([]);
      }),
    );
  });

  test('from the chunks of a chat stream to a body', () => {
    const chunk = fc.record({ top: unknown, choice: unknown, delta: unknown, call: unknown, inner: unknown });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 4 }), (chunks) => {
        // Names of their own for each chunk: what one chunk says, no other takes back.
        const own = (at: number, members: object) =>
          Object.fromEntries(Object.entries(members).map(([name, value]) => [`${name}_${at}`, value as Json]));
        const events = chunks.map((one, at) => ({
          id: 'c',
          ...own(at, one.top),
          choices: [
            {
              index: 0,
              ...own(at, one.choice),
              delta: {
                content: 'a',
                ...own(at, one.delta),
                tool_calls: [
                  {
                    index: 0,
                    id: 'call_1',
                    ...own(at, one.call),
                    function: { name: 'f', arguments: '1', ...own(at, one.inner) },
                  },
                ],
              },
              finish_reason: at === chunks.length - 1 ? 'tool_calls' : null,
            },
          ],
        }));
        const bytes = events.map((event) => Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
        const answer = JSON.parse(chat.streamToBody(bytes).toString()) as JsonObject;
        const [first] = answer['choices'] as JsonObject[];
        const message = first?.['message'] as JsonObject;
        const [made] = message['tool_calls'] as JsonObject[];
        for (const [at, one] of chunks.entries()) {
          expect(missing(own(at, one.top), answer)).toEqual([]);
          expect(missing(own(at, one.choice), first)).toEqual([]);
          expect(missing(own(at, one.delta), message)).toEqual([]);
          expect(missing(own(at, one.call), made)).toEqual([]);
          expect(missing(own(at, one.inner), made?.['function'])).toEqual([]);
        }
        expect(made?.['function']).toMatchObject({ arguments: '1'.repeat(chunks.length) });
      }),
    );
  });

  test('from a legacy completion to a stream and back', () => {
    const one = fc
      .record({ text, more: unknown })
      .map(({ text: said, more }) => ({ text: said, logprobs: null, finish_reason: 'stop', ...more }));
    const answers = fc.record({
      choices: fc.array(one, { minLength: 1, maxLength: 3 }),
      more: unknown,
      usage: unknown,
    });
    fc.assert(
      fc.property(answers, ({ choices, more, usage }) => {
        const numbered = choices.map((each, index) => ({ index, ...each }));
        const answer = {
          id: 'cmpl-1',
          object: 'text_completion',
          created: 1,
          model: 'm',
          choices: numbered,
          usage: { prompt_tokens: 1, ...usage },
          ...more,
        };
        expect(missing(answer, thereAndBack(completions, answer))).toEqual([]);
      }),
    );
  });

  test('from a response to a stream and back, to the byte', () => {
    const item = fc
      .record({ parts: fc.array(part, { maxLength: 3 }), more: unknown })
      .map(({ parts, more }) => ({ type: 'message', id: 'msg_1', content: parts, ...more }));
    fc.assert(
      fc.property(fc.array(item, { maxLength: 3 }), unknown, (output, more) => {
        const answer = JSON.stringify({ id: 'resp_1', object: 'response', status: 'completed', output, ...more });
        expect(responses.streamToBody(responses.bodyToStream(Buffer.from(answer))).toString()).toBe(answer);
      }),
    );
  });
});
