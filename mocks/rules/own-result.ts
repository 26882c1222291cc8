import type { ScriptedAnswer } from '../generation/script.ts';
import { sameInput } from '../generation/tools/same-input.ts';
import type { RequestFacts } from './facts.ts';
import { conversationOf } from './facts.ts';

/** Fields of a match that look at how far a conversation has come: a rule with one of them says itself when it is to fire. */
export const STEP_CONDITIONS: ReadonlySet<string> = new Set(['turn', 'toolResult', 'toolResultOf']);

/** Whether a request ends with what the very calls returned that an answer would make again. */
export function endsWithResultOf(answer: ScriptedAnswer | undefined, facts: RequestFacts): boolean {
  const scripted = answer?.toolCalls ?? [];
  if (scripted.length === 0) return false;
  const { answeredCalls = [] } = conversationOf(facts);
  if (answeredCalls.length === 0) return false;
  return scripted.every(({ name, arguments: given }) => {
    const input = typeof given === 'string' ? given : JSON.stringify(given);
    return answeredCalls.some(
      (call) => call.name === name && (call.input === undefined || sameInput(call.input, input)),
    );
  });
}
