import type { CallPart, Conversation, Part, ResultPart } from './conversation.ts';
import { isBlank } from './values.ts';

/** A turn of a family that takes system text beside the conversation and alternates between two roles. */
export interface MergedTurn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly Part[];
}

export interface SplitConversation {
  /** Text of system and developer turns, in their order. */
  readonly system: readonly Part[];
  readonly turns: readonly MergedTurn[];
}

/**
 * The conversation with its system text apart, neighbours of the same role merged, blank texts and empty turns gone, and in each turn
 * of the user the results of tools first, in the order of the calls that they answer. `laterSystem`: system text that follows the
 * first other turn stays where it is.
 */
export function splitTurns({ turns }: Conversation, laterSystem = false): SplitConversation {
  const system: Part[] = [];
  const merged: { role: MergedTurn['role']; parts: Part[] }[] = [];
  for (const { role, parts } of turns) {
    const kept = parts.filter((part) => part.kind !== 'text' || !isBlank(part.text) || part.seal !== undefined);
    if (kept.length === 0) continue;
    const isSystem = role === 'system' || role === 'developer';
    if (isSystem && !(laterSystem && merged.length > 0)) {
      system.push(...kept);
      continue;
    }
    const side = isSystem ? 'system' : role;
    const last = merged.at(-1);
    if (last?.role === side) last.parts.push(...kept);
    else merged.push({ role: side, parts: kept });
  }
  let calls: readonly CallPart[] = [];
  for (const turn of merged) {
    if (turn.role === 'assistant') calls = turn.parts.filter((part) => part.kind === 'call');
    else if (turn.role === 'user') turn.parts = resultsFirst(turn.parts, calls);
  }
  return { system, turns: merged };
}

function resultsFirst(parts: Part[], calls: readonly CallPart[]): Part[] {
  const results = parts.filter((part) => part.kind === 'result');
  if (results.length === 0) return parts;
  const place = (result: ResultPart) => {
    const at = calls.findIndex(({ id }) => id === result.callId);
    return at === -1 ? calls.length : at;
  };
  return [
    ...results.toSorted((one, other) => place(one) - place(other)),
    ...parts.filter((part) => part.kind !== 'result'),
  ];
}
