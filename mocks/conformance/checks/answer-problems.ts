import type { Answer } from '../call.ts';
import { dataOf, eventsOf } from '../events.ts';
import { problemsOf } from '../shape/shape.ts';

/** What the parts of an answer must say besides having their shape; each gives its faults as sentences. */
export type Fields = Readonly<Record<string, unknown>>;

export function choicesOf(value: Fields): readonly Fields[] {
  return value['choices'] as readonly Fields[];
}

/** Of the first choice. */
export function messageOf(value: Fields): Fields {
  return (choicesOf(value)[0]?.['message'] ?? {}) as Fields;
}

export function sumProblems(usage: unknown, parts: readonly [string, string]): readonly string[] {
  if (typeof usage !== 'object' || usage === null) return ['usage: missing'];
  const counts = usage as Readonly<Record<string, number>>;
  const [sum, total] = [(counts[parts[0]] ?? 0) + (counts[parts[1]] ?? 0), counts['total_tokens']];
  return sum === total ? [] : [`usage: ${parts.join(' + ')} is ${sum}, total_tokens is ${total}`];
}

export function toolProblems(value: Fields): readonly string[] {
  const [choice] = choicesOf(value);
  const calls = messageOf(value)['tool_calls'];
  if (!Array.isArray(calls)) return ['tool_choice is required, and no tool was called'];
  return choice?.['finish_reason'] === 'tool_calls' || choice?.['finish_reason'] === 'stop'
    ? []
    : ['finish_reason is not tool_calls'];
}

export function schemaProblems(text: unknown): readonly string[] {
  try {
    return problemsOf(JSON.parse(String(text)), { city: 'string' });
  } catch {
    return ['the answer is no JSON although a schema was given'];
  }
}

function objectsIn(answer: Answer): readonly Fields[] {
  return eventsOf(answer.body).flatMap((event): readonly Fields[] => {
    const value = dataOf(event);
    return value === undefined ? [] : [value];
  });
}

export function usageChunkProblems(answer: Answer): readonly string[] {
  const last = objectsIn(answer).at(-1);
  if (!Array.isArray(last?.['choices']) || last['choices'].length > 0)
    return ['the last chunk has choices: no usage came alone'];
  return sumProblems(last['usage'], ['prompt_tokens', 'completion_tokens']);
}

export function deltaProblems(answer: Answer): readonly string[] {
  const deltas = objectsIn(answer).flatMap((chunk) => choicesOf(chunk).map((choice) => choice['delta'] as Fields));
  return [
    ...(deltas[0]?.['role'] === 'assistant' ? [] : ['the first delta has no role']),
    ...(deltas.some(({ content }) => typeof content === 'string' && content !== '') ? [] : ['no delta has content']),
  ];
}

export function responseText(value: Fields): unknown {
  const items = value['output'] as readonly Fields[];
  const message = items.find(({ type }) => type === 'message');
  return (message?.['content'] as readonly Fields[] | undefined)?.[0]?.['text'];
}
