import { chatTurns } from '../dialects/chat/prompt.ts';
import { asText, objectsIn } from '../dialects/content.ts';
import type { RequestReads } from '../dialects/reply.ts';
import { inputItems, inputTurns } from '../dialects/responses/input.ts';
import { instructionsText } from '../dialects/responses/prompt.ts';
import type { Body } from '../dialects/validate.ts';
import { isBody } from '../dialects/validate.ts';
import type { Turn } from '../generation/prompt.ts';
import type { Conversation } from '../rules/facts.ts';

/** The turns of an earlier response, by its id; nothing for an unknown one. */
export type History = (responseId: string) => readonly Turn[];

function turnsOf(body: Body, history: History): readonly Turn[] {
  if (Array.isArray(body['messages'])) return chatTurns(body);
  const before = history(asText(body['previous_response_id']));
  return [...before, ...inputTurns(inputItems(body['input']), before)];
}

function toolName(tool: Body): string {
  const made = isBody(tool['function']) ? tool['function'] : tool['custom'];
  return asText(isBody(made) ? made['name'] : tool['name']) || asText(tool['type']);
}

/** Turns of the assistant that follow one another are one answer: a message and its calls. */
function answersIn(turns: readonly Turn[]): number {
  return turns.filter(({ role }, at) => role === 'assistant' && turns[at - 1]?.role !== 'assistant').length;
}

/** The calls of the answer that ends at `last`. */
function callsBefore(turns: readonly Turn[], last: number): Conversation['answeredCalls'] {
  const start = turns.findLastIndex(({ role }, at) => at <= last && role !== 'assistant');
  return turns.slice(start + 1, last + 1).flatMap(({ calls }) => calls ?? []);
}

/** What was said so far, for rules. */
export function conversationIn(body: unknown, history: History, reads?: RequestReads): Conversation {
  const fields = isBody(body) ? body : {};
  const turns = reads?.turns?.(fields) ?? turnsOf(fields, history);
  const system = turns.filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text);
  const instructions = instructionsText(fields['instructions']);
  const lastSaid = turns.findLastIndex(({ role }) => role !== 'tool');
  const offered = [...objectsIn(fields['tools']), ...objectsIn(fields['functions'])];
  return {
    system: (instructions === '' ? system : [instructions, ...system]).join('\n'),
    tools: reads?.tools?.(fields) ?? offered.map(toolName),
    turn: answersIn(turns) + 1,
    toolResults: turns.slice(lastSaid + 1).map(({ name, text }) => ({ tool: name, text })),
    answeredCalls: lastSaid === turns.length - 1 ? undefined : callsBefore(turns, lastSaid),
  };
}
