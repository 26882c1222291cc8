import type { Answer } from './call.ts';
import { dataOf, eventsOf } from './events.ts';
import { CHAT_CHUNK, RESPONSE_EVENTS } from './shape/answers.ts';
import { problemsOf } from './shape/shape.ts';
import type { Specification } from './shape/specification.ts';

type Fields = Readonly<Record<string, unknown>>;

function prefixed(index: number, problems: readonly string[]): readonly string[] {
  return problems.map((problem) => `event ${index}: ${problem}`);
}

function choicesOf(chunk: Fields): readonly Fields[] {
  return Array.isArray(chunk['choices']) ? (chunk['choices'] as Fields[]) : [];
}

/** Everything that is wrong with a streamed chat answer. */
export function chatStreamProblems(answer: Answer, specification?: Specification): readonly string[] {
  const events = eventsOf(answer.body);
  const type = answer.headers['content-type'] ?? 'nothing';
  const chunks = events.filter(({ data }) => data !== '[DONE]').map((event) => dataOf(event));
  const problems = chunks.flatMap((chunk, index) => {
    if (chunk === undefined) return [`event ${index}: no JSON object`];
    const bySpecification = specification?.component('CreateChatCompletionStreamResponse', chunk) ?? [];
    return prefixed(index, [...problemsOf(chunk, CHAT_CHUNK), ...bySpecification]);
  });
  const known = chunks.filter((chunk) => chunk !== undefined);
  const ids = new Set(known.map(({ id }) => id));
  const choices = known.flatMap(choicesOf);
  const finished = new Set(choices.filter((choice) => choice['finish_reason'] !== null).map(({ index }) => index));
  const begun = new Set(choices.map(({ index }) => index));
  return [
    ...(type.startsWith('text/event-stream') ? [] : [`content-type: expected text/event-stream, found ${type}`]),
    ...(answer.ended === 'whole' ? [] : [`the stream ended ${answer.ended}`]),
    ...problems,
    ...(ids.size === 1 ? [] : [`expected one id in all chunks, found ${ids.size}`]),
    ...(events.at(-1)?.data === '[DONE]' ? [] : ['the last event is not [DONE]']),
    ...[...begun]
      .filter((index) => !finished.has(index))
      .map((index) => `choice ${String(index)} has no finish_reason`),
  ];
}

const TERMINAL = new Set(['response.completed', 'response.incomplete', 'response.failed']);

function orderProblems(events: readonly Fields[]): readonly string[] {
  const jump = events.findIndex((event, index) => event['sequence_number'] !== index);
  const ends = events.filter(({ type }) => TERMINAL.has(String(type))).length;
  return [
    ...(jump === -1 ? [] : [`event ${jump}: sequence_number ${String(events[jump]?.['sequence_number'])}`]),
    ...(events[0]?.['type'] === 'response.created' ? [] : ['the first event is not response.created']),
    ...(TERMINAL.has(String(events.at(-1)?.['type'])) ? [] : ['the last event is not terminal']),
    ...(ends <= 1 ? [] : [`${ends} terminal events`]),
  ];
}

/** The deltas of every text add up to what `output_text.done` says. */
function textProblems(events: readonly Fields[]): readonly string[] {
  const keyOf = (event: Fields): string => `${String(event['item_id'])}/${String(event['content_index'])}`;
  const texts = new Map<string, string>();
  for (const event of events) {
    if (event['type'] === 'response.output_text.delta') {
      texts.set(keyOf(event), (texts.get(keyOf(event)) ?? '') + String(event['delta']));
    }
  }
  return events
    .filter(({ type }) => type === 'response.output_text.done')
    .filter((event) => (texts.get(keyOf(event)) ?? '') !== event['text'])
    .map((event) => `the deltas of ${keyOf(event)} do not add up to its text`);
}

/** Everything that is wrong with a streamed response. */
export function responseStreamProblems(answer: Answer, specification?: Specification): readonly string[] {
  const events = eventsOf(answer.body);
  const type = answer.headers['content-type'] ?? 'nothing';
  const parsed = events.map((event) => dataOf(event));
  const problems = parsed.flatMap((event, index) => {
    if (event === undefined) return [`event ${index}: no JSON object`];
    const name = String(event['type']);
    const misnamed =
      events[index]?.event === name ? [] : [`its name is ${events[index]?.event ?? 'missing'}, its type ${name}`];
    const bySpecification = specification?.component('ResponseStreamEvent', event) ?? [];
    return prefixed(index, [...misnamed, ...problemsOf(event, RESPONSE_EVENTS[name] ?? {}), ...bySpecification]);
  });
  const known = parsed.filter((event) => event !== undefined);
  return [
    ...(type.startsWith('text/event-stream') ? [] : [`content-type: expected text/event-stream, found ${type}`]),
    ...(answer.ended === 'whole' ? [] : [`the stream ended ${answer.ended}`]),
    ...problems,
    ...orderProblems(known),
    ...textProblems(known),
  ];
}
