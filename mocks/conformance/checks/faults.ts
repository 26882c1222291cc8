import { FAULT_CATALOGUE } from '../../rules/faults/catalogue.ts';
import type { CatalogueEntry, FaultName } from '../../rules/faults/catalogue.ts';
import type { Answer } from '../call.ts';
import { call, jsonOf } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, skip, twinless } from '../check.ts';
import { dataOf, eventsOf } from '../events.ts';
import { CHAT_COMPLETION } from '../shape/answers.ts';
import { problemsOf } from '../shape/shape.ts';

/** Their point is silence: how long a gateway stands it is a matter of its timeouts. */
const SILENT: ReadonlySet<FaultName> = new Set([
  'stall',
  'stall-mid',
  'hang',
  'never-read',
  'half-close',
  'slow-headers',
]);
/** What they spoil cannot be seen by whoever passes bytes on: the stream has its proper end. */
const UNSEEN: ReadonlySet<FaultName> = new Set([
  'zero-tokens',
  'null-content',
  'out-of-order',
  'duplicate-event',
  'no-role',
  'no-usage',
  'no-choices',
  'response-incomplete',
  'invalid-utf8',
  'after-done',
  'double-done',
  'null-body',
]);
/** They close the port for a time. */
const CLOSING: ReadonlySet<FaultName> = new Set(['refuse']);

/** What became of one answer, seen by a client that knows the protocol and nothing else. */
export type Fate = 'whole' | 'refused' | 'visibly broken' | 'silently short' | 'not what was asked for' | 'silence';

function streamFate({ body, ended }: Answer): Fate {
  const events = eventsOf(body);
  const failed = events.some((event) => event.event === 'error' || dataOf(event)?.['error'] !== undefined);
  if (failed || ended === 'broken') return 'visibly broken';
  return events.some(({ data }) => data === '[DONE]') ? 'whole' : 'silently short';
}

export function fateOf(answer: Answer, stream: boolean): Fate {
  const { status, headers, ended } = answer;
  if (ended === 'timeout') return 'silence';
  if (status === 0) return 'visibly broken';
  if (status >= 400) return 'refused';
  if (status !== 200) return 'not what was asked for';
  const type = headers['content-type'] ?? '';
  if (stream) return type.startsWith('text/event-stream') ? streamFate(answer) : 'not what was asked for';
  if (ended === 'broken') return 'visibly broken';
  return problemsOf(jsonOf(answer), CHAT_COMPLETION).length === 0 ? 'whole' : 'not what was asked for';
}

const GOOD: ReadonlySet<Fate> = new Set(['whole', 'refused', 'visibly broken']);
const TRIES = 4;
const PAUSE_MS = 300;

/** Afterwards the same request is answered whole: nothing broken was stored, nobody was put out for long. */
async function recovered(subject: Subject, body: object, stream: boolean): Promise<Fate> {
  let fate: Fate = 'silence';
  for (let count = 0; count < TRIES; count += 1) {
    if (count > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * count));
    fate = fateOf(await call(subject, { path: '/chat/completions', body }), stream);
    if (fate !== 'refused' && fate !== 'visibly broken') return fate;
  }
  return fate;
}

async function underFault({ name }: CatalogueEntry, stream: boolean, subject: Subject): Promise<readonly string[]> {
  const { twin, model, salt } = subject;
  if (twin === undefined) return [];
  const body = { model, stream, messages: [{ role: 'user', content: `Count from 1 to 5. ${salt()}` }] };
  const kind = stream ? 'stream' : 'JSON';
  // For requests with this very word alone: whatever else asks the mock meanwhile is left alone.
  const word = body.messages[0]?.content ?? '';
  await twin.fault({ match: { text: word }, times: CLOSING.has(name) ? 1 : TRIES, fault: name });
  const fate = fateOf(await call(subject, { path: '/chat/completions', body }), stream);
  await twin.reset();
  const after = await recovered(subject, body, stream);
  return [
    ...(GOOD.has(fate) || UNSEEN.has(name) ? [] : [`${kind}: ${fate}`]),
    ...(after === 'whole' ? [] : [`${kind}: afterwards the same request is ${after}`]),
  ];
}

async function faultOutcome(entry: CatalogueEntry, subject: Subject): Promise<Outcome> {
  const without = twinless(subject);
  if (without !== undefined) return without;
  if (SILENT.has(entry.name)) return skip('silence is a matter of timeouts');
  const shapes = { all: [false, true], json: [false], stream: [true] }[entry.answers];
  const problems: string[] = [];
  for (const stream of shapes) problems.push(...(await underFault(entry, stream, subject)));
  return judged(problems);
}

/** One check a fault of the catalogue: the answer is whole, refused or visibly broken, and the next one is whole. */
export const faultChecks: readonly Check[] = FAULT_CATALOGUE.map((entry) => ({
  id: `faults/${entry.name}`,
  group: 'faults',
  claim: `survives: ${entry.sees}`,
  run: (subject) => faultOutcome(entry, subject),
}));
