import { describe, expect, test } from 'vitest';
import { parseAnswerRule } from './script/answer-rule.ts';
import type { AnswerRule } from './script/answer-rule.ts';
import type { RequestFacts } from './facts.ts';
import { RuleList } from './rule-list.ts';
import type { Directive } from './script/answer-input.ts';
import { ScriptRun } from './script/run.ts';
import { parseScript } from './script/script.ts';
import type { ScriptInput } from './script/types.ts';

const oslo = { name: 'forecast', arguments: { city: 'Oslo', days: 2 } };
const rome = { name: 'forecast', arguments: { city: 'Rome' } };
const match = { text: 'weather' };

function facts(answered?: { readonly name: string; readonly input?: string }): RequestFacts {
  const said = { system: '', tools: [], turn: 1, toolResults: [], answeredCalls: answered && [answered] };
  return {
    operation: 'chat.completions',
    generates: true,
    model: 'm',
    stream: false,
    headers: {},
    text: () => 'weather',
    conversation: () => said,
  };
}

const first = facts();
/** As a client sends it back that orders members in its own way. */
const afterOslo = facts({ name: 'forecast', input: '{ "days": 2, "city": "Oslo" }' });

describe('an answer with tool calls', () => {
  const taken = (rules: readonly AnswerRule[], ...asked: readonly RequestFacts[]): readonly unknown[] => {
    const list = new RuleList<Directive>();
    for (const rule of rules) list.add(parseAnswerRule(rule));
    return asked.map((one) => list.take(one)?.scripted);
  };

  test('is not given to its own result, but to every other request', () => {
    const reply = { toolCalls: [oslo] };
    expect(taken([{ match, reply }], first, afterOslo, first)).toEqual([reply, undefined, reply]);
    expect(taken([{ match, reply }], facts({ name: 'forecast', input: '{"city":"Rome"}' }))).toEqual([reply]);
  });

  test('makes way for the rule that answers the result', () => {
    const reply = { toolCalls: [oslo] };
    const said = { text: 'Take an umbrella.' };
    expect(
      taken(
        [
          { match, reply: said },
          { match, reply },
        ],
        first,
        afterOslo,
      ),
    ).toEqual([reply, said]);
  });

  test('is given as often as rules demand it, and where a rule looks for that step', () => {
    const reply = { toolCalls: [oslo] };
    expect(
      taken(
        [
          { times: 1, reply },
          { times: 1, reply },
        ],
        first,
        afterOslo,
      ),
    ).toEqual([reply, reply]);
    expect(taken([{ times: 2, reply }], first, afterOslo, first)).toEqual([reply, undefined, reply]);
    const step = { ...afterOslo, conversation: () => ({ ...afterOslo.conversation!(), turn: 2 }) };
    expect(taken([{ match: { turn: 2 }, reply }], step)).toEqual([reply]);
  });

  test('of several calls waits until all of them have answered', () => {
    const reply = { toolCalls: [oslo, rome] };
    expect(taken([{ match, reply }], afterOslo)).toEqual([reply]);
  });
});

describe('a script', () => {
  const run = (script: ScriptInput): ScriptRun =>
    new ScriptRun(parseScript(script, 'the script'), { tenant: 't', now: () => 0 });
  const verdicts = (script: ScriptRun, ...asked: readonly RequestFacts[]): readonly unknown[] =>
    asked.map((one) => {
      const verdict = script.take(one, true);
      return verdict === undefined || 'unmatched' in verdict ? verdict : verdict.directive.scripted;
    });

  test('does not answer the result of its own calls with them, be they written, templates or made by a function', () => {
    const calls = { toolCalls: [oslo] };
    const template = { toolCalls: [{ name: 'forecast', arguments: { city: 'Oslo', days: 2, at: '{{text}}' } }] };
    const made = { toolCalls: [{ name: 'forecast', arguments: { city: 'Oslo', days: 2, at: 'weather' } }] };
    expect(verdicts(run([{ match, answer: calls }]), first, afterOslo, first)).toEqual([calls, undefined, calls]);
    expect(verdicts(run([{ match, answer: () => calls }]), first, afterOslo)).toEqual([calls, undefined]);
    const back = facts({ name: 'forecast', input: JSON.stringify(made.toolCalls[0]!.arguments) });
    expect(verdicts(run([{ match, answer: template }]), first, back)).toEqual([made, undefined]);
  });

  test('goes through a sequence, and does not repeat its end to itself', () => {
    const [one, two] = [{ toolCalls: [oslo] }, { toolCalls: [oslo] }];
    expect(verdicts(run([{ answers: [one, two] }]), first, afterOslo, afterOslo)).toEqual([one, two, undefined]);
    expect(verdicts(run([{ answers: [one, 'done'] }]), first, afterOslo)).toEqual([one, { text: 'done' }]);
  });

  test('that is strict says why nothing fits', () => {
    const strict = run({ strict: true, rules: [{ match, answer: { toolCalls: [oslo] } }] });
    expect(verdicts(strict, first, afterOslo).at(1)).toEqual({
      unmatched: expect.stringContaining(
        'expected a request that does not end with the result of these calls',
      ) as string,
    });
    expect(strict.report().rules).toEqual([{ name: 'rule 1', uses: 1 }]);
  });
});
