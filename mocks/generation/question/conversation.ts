import type { PastCall, Prompt, Turn } from '../prompt.ts';
import { lastUserText } from '../prompt.ts';
import { withoutContext } from './context-blocks.ts';

/** The question that an answer is for, and what has been done about it. */
export interface Conversation {
  readonly asked: string;
  /** Texts of the user before it, newest first. */
  readonly earlier: readonly string[];
  /** What the assistant said last before the question. */
  readonly replied: string;
  /** Calls since the question. */
  readonly called: readonly PastCall[];
  /** What tools returned since the question, oldest first. */
  readonly returned: readonly Turn[];
  /** What they returned last, with which the conversation ends; empty when it ends otherwise. */
  readonly latest: readonly { readonly name?: string | undefined; readonly text: string }[];
  /** The conversation ends with what a tool returned. */
  readonly answered: boolean;
}

/** Frameworks without a role for tools send what a tool returned as a turn of the user that begins so. */
const OBSERVATION =
  /^\s{0,8}(?:call id: [^\n]{0,80}\n)?\s{0,8}(?:observation|tool (?:result|response|output)|error)\s{0,2}:/i;
const EARLIER_MOST = 12;

function isObservation(turn: Turn, before: Turn | undefined): boolean {
  return turn.role === 'user' && before?.role === 'assistant' && OBSERVATION.test(turn.text.slice(0, 140));
}

/** Calls that stand in the text of a turn, from frameworks that write them there. */
function writtenCalls(turn: Turn, prompt: Prompt): readonly PastCall[] {
  if (turn.role !== 'assistant' || turn.calls !== undefined || turn.callId !== undefined) return [];
  const text = turn.text.slice(0, 8000);
  return prompt.tools
    .filter(({ name }) => [`"${name}"`, `'${name}'`, `${name}(`].some((written) => text.includes(written)))
    .map(({ name }) => ({ name }));
}

function callsOf(turn: Turn, prompt: Prompt): readonly PastCall[] {
  if (turn.calls !== undefined) return turn.calls;
  if (turn.role === 'assistant' && turn.callId !== undefined) return [{ name: turn.name ?? '' }];
  return writtenCalls(turn, prompt);
}

function latestOf(turns: readonly Turn[], called: readonly PastCall[]): Conversation['latest'] {
  const results = turns.slice(turns.findLastIndex(({ role }) => role !== 'tool') + 1);
  if (results.length > 0) return results;
  const last = turns.at(-1);
  return last !== undefined && isObservation(last, turns.at(-2))
    ? [{ name: called.at(-1)?.name, text: last.text.replace(OBSERVATION, '').trim() }]
    : [];
}

/** Reads the turns of a prompt; what tools returned counts as that whatever role it came in. */
export function conversationOf(prompt: Prompt): Conversation {
  const { turns } = prompt;
  const returned = (at: number): boolean => {
    const turn = turns[at];
    return turn !== undefined && (turn.role === 'tool' || isObservation(turn, turns[at - 1]));
  };
  const start = turns.findLastIndex((turn, at) => turn.role === 'user' && !returned(at));
  const since = turns.slice(start + 1);
  const users = turns.slice(0, Math.max(start, 0)).filter((turn, at) => turn.role === 'user' && !returned(at));
  const results = since.filter((_, at) => returned(start + 1 + at));
  const called = since.flatMap((turn) => callsOf(turn, prompt));
  const unseen = results.filter(({ name }) => name !== undefined && !called.some((call) => call.name === name));
  return {
    asked: withoutContext(turns[start]?.text ?? (prompt.asked || lastUserText(turns))),
    earlier: users
      .slice(-EARLIER_MOST)
      .toReversed()
      .map(({ text }) => text),
    replied: turns.slice(0, Math.max(start, 0)).findLast(({ role }) => role === 'assistant')?.text ?? '',
    called: [...called, ...unseen.map(({ name = '' }) => ({ name }))],
    returned: results,
    latest: latestOf(turns, called),
    answered: returned(turns.length - 1),
  };
}
