import { differingPairs, equalPairs } from '../../oracles/index.ts';
import type { RequestPair } from '../../oracles/index.ts';
import { generationOf, sameGeneration } from '../../oracles/provenance.ts';
import type { Answer } from '../call.ts';
import { call, jsonOf } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, pass, skip } from '../check.ts';

async function send(subject: Subject, pair: RequestPair, which: 'first' | 'second'): Promise<Answer> {
  const path = pair.operation.replace('POST /v1', '');
  return call(subject, { path, body: pair[which], ...(which === 'second' && { headers: pair.headers }) });
}

const talks = ({ operation }: RequestPair): boolean => !operation.endsWith('/embeddings');

function pairOptions({ model, reasoningModel, salt }: Subject): Parameters<typeof equalPairs>[0] {
  return { model, reasoningModel, embeddingModel: null, salt: salt() };
}

/** Whether the second of two equal requests is answered with the answer to the first. */
async function caches(subject: Subject): Promise<boolean> {
  const [again] = equalPairs(pairOptions(subject));
  if (again === undefined) return false;
  return sameGeneration((await send(subject, again, 'first')).body, (await send(subject, again, 'second')).body);
}

const NO_CACHE = 'the target does not cache';

/** `undefined` when one of the two was not answered: then nothing can be said. */
async function shared(subject: Subject, pair: RequestPair): Promise<boolean | undefined> {
  const first = await send(subject, pair, 'first');
  const second = await send(subject, pair, 'second');
  if (first.status !== 200 || second.status !== 200 || generationOf(first.body) === undefined) return undefined;
  return sameGeneration(first.body, second.body);
}

async function pairs(subject: Subject, made: readonly RequestPair[], wanted: boolean): Promise<Outcome> {
  if (!(await caches(subject))) return skip(NO_CACHE);
  const problems: string[] = [];
  let judgedPairs = 0;
  for (const pair of made.filter(talks)) {
    const found = await shared(subject, pair);
    if (found === undefined) continue;
    judgedPairs += 1;
    if (found !== wanted)
      problems.push(`${pair.id}: ${wanted ? 'asked again' : 'answered with the answer to another request'}`);
  }
  return judged(problems, `${judgedPairs} pairs`);
}

async function faithful(subject: Subject): Promise<Outcome> {
  if (!(await caches(subject))) return skip(NO_CACHE);
  const [again] = equalPairs(pairOptions(subject));
  if (again === undefined) return skip(NO_CACHE);
  const [first, second] = [await send(subject, again, 'first'), await send(subject, again, 'second')];
  return judged(first.body.equals(second.body) ? [] : ['the replayed body is not the one that was sent first']);
}

async function streamed(subject: Subject): Promise<Outcome> {
  if (!(await caches(subject))) return skip(NO_CACHE);
  const { model, salt } = subject;
  const body = { model, stream: true, messages: [{ role: 'user', content: `Count from 1 to 5. ${salt()}` }] };
  const [first, second] = [
    await call(subject, { path: '/chat/completions', body }),
    await call(subject, { path: '/chat/completions', body }),
  ];
  if (!sameGeneration(first.body, second.body)) return skip('the target does not cache streams');
  return judged(
    first.body.equals(second.body) ? [] : ['the replayed stream is not, event for event, the one that was sent first'],
  );
}

async function usageKept(subject: Subject): Promise<Outcome> {
  if (!(await caches(subject))) return skip(NO_CACHE);
  const [again] = equalPairs(pairOptions(subject));
  if (again === undefined) return skip(NO_CACHE);
  const usage = async (which: 'first' | 'second'): Promise<string> =>
    JSON.stringify((jsonOf(await send(subject, again, which)) as { usage?: unknown } | undefined)?.usage);
  const [first, second] = [await usage('first'), await usage('second')];
  return first === second ? pass() : judged([`usage was ${first}, and ${second} when it was replayed`]);
}

export const cacheChecks: readonly Check[] = [
  {
    id: 'cache/must-miss',
    group: 'cache',
    claim: 'requests that differ in one thing never get the same answer',
    run: (subject) => pairs(subject, differingPairs(pairOptions(subject)), false),
  },
  {
    id: 'cache/must-hit',
    group: 'cache',
    claim: 'spellings of one request share one answer',
    run: (subject) => pairs(subject, equalPairs(pairOptions(subject)), true),
  },
  { id: 'cache/faithful', group: 'cache', claim: 'a replayed body is the one that was sent first', run: faithful },
  {
    id: 'cache/faithful-stream',
    group: 'cache',
    claim: 'a replayed stream is the one that was sent first',
    run: streamed,
  },
  { id: 'cache/usage', group: 'cache', claim: 'a replayed answer keeps its usage', run: usageKept },
];
