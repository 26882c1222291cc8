import { FAULT_CATALOGUE } from '../../rules/faults/catalogue.ts';
import type { CatalogueEntry, FaultName } from '../../rules/faults/catalogue.ts';
import type { Answer } from '../call.ts';
import { call, jsonOf } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, skip, withoutMock } from '../check.ts';
import { dataOf, eventsOf } from '../events.ts';
import type { StreamedEvent } from '../events.ts';
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
/** What they spoil cannot be seen by a gateway that passes bytes on: the stream has its proper end. */
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
/** A gateway that believes them leaves the provider alone for a while: they come last, and may be refused afterwards. */
const RESTING: readonly FaultName[] = ['rate-limit-ms', 'rate-limit-bare', 'rate-limit', 'rate-limit-date', 'quota'];

/** What became of one answer, seen by a client that knows the protocol and nothing else. */
export type Fate = 'whole' | 'refused' | 'visibly broken' | 'silently short' | 'not what was asked for' | 'silence';

function streamFate({ body, ended }: Answer): Fate {
  const events = eventsOf(body);
  const failed = events.some((event) => event.event === 'error' || dataOf(event)?.['error'] !== undefined);
  if (failed || ended === 'broken') return 'visibly broken';
  return events.some(({ data }) => data === '[DONE]') || finished(events) ? 'whole' : 'silently short';
}

/** Every choice that was begun has its finish_reason: only the mark is missing. */
function finished(events: readonly StreamedEvent[]): boolean {
  const choices = events.flatMap((event) => {
    const list = dataOf(event)?.['choices'];
    return Array.isArray(list) ? (list as { readonly index?: number; readonly finish_reason?: unknown }[]) : [];
  });
  const ended = new Set(choices.filter((choice) => typeof choice.finish_reason === 'string').map(({ index }) => index));
  return choices.length > 0 && choices.every(({ index }) => ended.has(index));
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

const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The mock's own port may be closed for a moment: that is one of the faults. */
async function patiently(action: () => Promise<void>): Promise<void> {
  for (let count = 1; ; count += 1) {
    try {
      await action();
      return;
    } catch (error) {
      if (count === TRIES * 2) throw error;
      await pause(PAUSE_MS);
    }
  }
}

/** Afterwards the same request is answered whole: nothing broken was stored, no endpoint was ejected for long. */
async function recovered(subject: Subject, body: object, stream: boolean): Promise<Fate | 'at rest'> {
  let fate: Fate | 'at rest' = 'silence';
  for (let count = 0; count < TRIES; count += 1) {
    if (count > 0) await pause(PAUSE_MS * count);
    const answer = await call(subject, { path: '/chat/completions', body });
    fate = fateOf(answer, stream);
    if (fate !== 'refused' && fate !== 'visibly broken') return fate;
    if (fate === 'refused' && answer.headers['retry-after'] !== undefined) fate = 'at rest';
  }
  return fate;
}

async function underFault({ name }: CatalogueEntry, stream: boolean, subject: Subject): Promise<readonly string[]> {
  const { mock, model, salt } = subject;
  if (mock === undefined) return [];
  const text = `Count from 1 to 5. ${salt()}`;
  const body = { model, stream, messages: [{ role: 'user', content: text }] };
  // For requests with this very text alone: whatever else asks the mock meanwhile is left alone.
  await mock.fault({ match: { text }, times: CLOSING.has(name) ? 1 : TRIES, fault: name });
  const fate = fateOf(await call(subject, { path: '/chat/completions', body }), stream);
  await patiently(() => mock.reset());
  const after = await recovered(subject, body, stream);
  const well = after === 'whole' || (after === 'at rest' && RESTING.includes(name));
  const kind = stream ? 'stream' : 'JSON';
  return [
    ...(GOOD.has(fate) || UNSEEN.has(name) ? [] : [`${kind}: ${fate}`]),
    ...(well ? [] : [`${kind}: afterwards the same request is ${after}`]),
  ];
}

async function faultOutcome(entry: CatalogueEntry, subject: Subject): Promise<Outcome> {
  const without = withoutMock(subject);
  if (without !== undefined) return without;
  if (SILENT.has(entry.name)) return skip('silence is a matter of timeouts');
  const shapes = { all: [false, true], json: [false], stream: [true], frames: [] }[entry.answers];
  const problems: string[] = [];
  for (const stream of shapes) problems.push(...(await underFault(entry, stream, subject)));
  return judged(problems);
}

/** One check a fault of the catalogue: the answer is whole, refused or visibly broken, and the next one is whole. */
export const faultChecks: readonly Check[] = FAULT_CATALOGUE.filter(({ answers }) => answers !== 'frames')
  .toSorted((a, b) => RESTING.indexOf(a.name) - RESTING.indexOf(b.name))
  .map((entry) => ({
    id: `faults/${entry.name}`,
    group: 'faults',
    claim: `survives: ${entry.sees}`,
    run: (subject) => faultOutcome(entry, subject),
  }));
