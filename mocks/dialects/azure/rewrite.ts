import type { Reply, StreamEvent } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { json } from '../json.ts';
import { objectsIn } from '../content.ts';
import {
  PROMPT_FILTER_RESULTS,
  PROMPT_RESULTS,
  COMPLETION_RESULTS,
  alphabetical,
  filteredChoice,
  filteredDelta,
} from './filters.ts';

const DATA = 'data: ';

function parsed(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isBody(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A chat completion or completion as Azure writes it: verdicts of the content filter, keys in alphabetical order, compact. */
function choicesJson(text: string): string {
  const answer = parsed(text);
  if (answer === undefined) return text;
  const choices = objectsIn(answer['choices']).map(filteredChoice);
  return json(alphabetical({ ...answer, choices, prompt_filter_results: PROMPT_FILTER_RESULTS }));
}

const PRELUDE = `${DATA}${json({
  choices: [],
  created: 0,
  id: '',
  model: '',
  object: '',
  prompt_filter_results: PROMPT_FILTER_RESULTS,
})}\n\n`;

function choicesEvent(event: StreamEvent): StreamEvent {
  const chunk = parsed(event.bytes.slice(DATA.length));
  if (chunk === undefined) return event;
  const choices = objectsIn(chunk['choices']).map(filteredDelta);
  return { ...event, bytes: `${DATA}${json(alphabetical({ ...chunk, choices }))}\n\n` };
}

function* choicesEvents(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  yield { bytes: PRELUDE, tokens: 0, kind: 'open' };
  for (const event of events) yield choicesEvent(event);
}

const FILTERS = [
  { blocked: false, source_type: 'prompt', content_filter_results: PROMPT_RESULTS },
  { blocked: false, source_type: 'completion', content_filter_results: COMPLETION_RESULTS },
];
const COMPACT = `$1"content_filters":${json(FILTERS)},`;
const INDENTED = `$1\n  "content_filters": ${JSON.stringify(FILTERS, undefined, 2).replaceAll('\n', '\n  ')},`;

/** A response, or an event with one, with the verdicts behind `completed_at`; all else is untouched. */
function responseText(text: string): string {
  return text
    .replace(/("completed_at":(?:null|\d+),)/, COMPACT)
    .replace(/^( {2}"completed_at": (?:null|\d+),)/m, INDENTED);
}

function* responseEvents(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  for (const event of events) yield { ...event, bytes: responseText(event.bytes) };
}

const CHOICES = new Set(['chat.completions', 'completions']);

/** The answer of an operation of OpenAI's in Azure's form. */
export function azureForm(operation: string, reply: Reply): Reply {
  if (reply.status >= 400 || reply.kind === 'binary') return reply;
  const isResponse = operation === 'responses' || operation.startsWith('responses.');
  if (reply.kind === 'stream') {
    const { events } = reply;
    const rewrite = CHOICES.has(operation) ? choicesEvents : isResponse ? responseEvents : undefined;
    return rewrite === undefined ? reply : { ...reply, events: { [Symbol.iterator]: () => rewrite(events) } };
  }
  if (CHOICES.has(operation)) return { ...reply, body: choicesJson(reply.body) };
  return isResponse ? { ...reply, body: responseText(reply.body) } : reply;
}
