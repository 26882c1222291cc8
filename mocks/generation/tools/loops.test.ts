import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ToolChoice, ToolSpec, Turn } from '../prompt.ts';
import { answerTo, tool, user } from '../prompt.fixture.ts';

const names = [
  'get_weather',
  'search_docs',
  'add',
  'send_email',
  'transfer_to_billing',
  'final_answer',
  'final_result',
  'f',
  'book_flight',
];
const words = [
  'weather',
  'in Paris',
  'London and Rome',
  'add 2 and 3',
  'search',
  'my docs',
  'email bob@example.com',
  'billing',
  'Hi!',
  'thanks',
  'and',
  '?',
  '"x"',
  'use f',
  'not',
];
const property = fc.constantFrom(
  { type: 'string' },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'array', items: { type: 'string' } },
  { enum: ['a', 'b'] },
);
const properties = fc.dictionary(
  fc.constantFrom('city', 'query', 'a', 'b', 'to', 'answer', 'origin', 'flag'),
  property,
  { maxKeys: 3 },
);

const tools = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 })
  .chain((chosen) =>
    fc
      .tuple(...chosen.map((name) => fc.tuple(fc.constant(name), fc.constantFrom(...words), properties)))
      .map((made) => made.map(([name, description, all]): ToolSpec => tool(name, description, all))),
  );
const choices = fc.oneof(
  fc.constantFrom<ToolChoice>('auto', 'required', 'none'),
  fc.constantFrom(...names).map((name) => ({ name })),
);
const results = fc.constantFrom(
  'sunny',
  'Error: no such city',
  '{"city":"Oslo","query":"again"}',
  '',
  'search my docs in Paris?',
);

/** Every second client sends results as a message of the user, as those without a role for tools do. */
function answered(
  calls: readonly { readonly name: string; readonly input: string }[],
  result: string,
  asTool: boolean,
): readonly Turn[] {
  if (asTool)
    return [
      { role: 'assistant', text: '', calls },
      ...calls.map(({ name }): Turn => ({ role: 'tool', text: result, name })),
    ];
  return [{ role: 'assistant', text: `Calling tools:\n${JSON.stringify(calls)}` }, user(`Observation:\n${result}`)];
}

const questions = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((all) => all.join(' '));
const agents = fc.record({
  tools,
  asked: questions,
  toolChoice: choices,
  parallelTools: fc.boolean(),
  asTool: fc.boolean(),
  result: results,
});

test('whatever the tools, the question and what the tools return, an agent’s loop ends, and no call is made twice', () => {
  fc.assert(
    fc.property(agents, ({ asked, asTool, result, ...over }) => {
      const turns: Turn[] = [user(asked)];
      const made: string[] = [];
      for (let step = 0; ; step += 1) {
        const { calls, text } = answerTo(asked, { ...over, turns });
        if (calls.length === 0) {
          expect(text).toEqual(expect.any(String));
          return;
        }
        expect(step).toBeLessThan(40);
        const named = calls.map(({ name, input }) => ({ name, input }));
        made.push(...named.map((call) => JSON.stringify(call)));
        expect(new Set(made).size).toBe(made.length);
        turns.push(...answered(named, result, asTool));
      }
    }),
    { numRuns: 500 },
  );
});
