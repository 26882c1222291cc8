import { accountOf, canary, leaksOf, verbatim } from '../../oracles/index.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import { call } from '../call.ts';
import type { Check, Outcome, Subject } from '../check.ts';
import { judged, pass, skip, withoutMock } from '../check.ts';

const CHAT = '/chat/completions';

function streamBody({ model, salt }: Subject): object {
  return { model, stream: true, messages: [{ role: 'user', content: `Count from 1 to 5. ${salt()}` }] };
}

async function lastEntry(subject: Subject, since: number): Promise<JournalEntry | undefined> {
  return (await subject.mock?.requests({ since }))?.at(-1);
}

const now = (): number => performance.timeOrigin + performance.now();

async function bytesPassOn(subject: Subject): Promise<Outcome> {
  const { mock } = subject;
  const without = withoutMock(subject);
  if (mock === undefined || without !== undefined) return without ?? skip('no mock');
  await mock.trace(true);
  const since = now();
  // With its usage: a gateway that meters has nothing to take out then.
  const body = { ...streamBody(subject), stream_options: { include_usage: true } };
  const answer = await call(subject, { path: CHAT, body });
  await mock.trace(false);
  const entry = await lastEntry(subject, since);
  if (entry === undefined) return judged(['the request did not reach the mock']);
  const { difference } = verbatim(answer.body, entry);
  return judged(difference === '' ? [] : [difference], `${entry.eventsOut} events`);
}

const PATIENCE_MS = 1000;
const LOOK_EVERY_MS = 10;

async function abortSeen(subject: Subject, leftAt: number): Promise<JournalEntry | undefined> {
  while (now() < leftAt + PATIENCE_MS) {
    const found = (await subject.mock?.requests())?.findLast(({ aborted }) => aborted);
    if (found !== undefined && (found.abortedAt ?? 0) >= leftAt - LOOK_EVERY_MS) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return undefined;
}

async function abortPassesOn(subject: Subject): Promise<Outcome> {
  const { mock } = subject;
  const without = withoutMock(subject);
  if (mock === undefined || without !== undefined) return without ?? skip('no mock');
  // Slow enough that the stream is under way when the client leaves.
  await mock.pace({ tokensPerSecond: 2 });
  await call(subject, { path: CHAT, body: streamBody(subject), leaveAfterBytes: 1 });
  const leftAt = now();
  const entry = await abortSeen(subject, leftAt);
  await mock.pace({ tokensPerSecond: 0 });
  if (entry?.abortedAt === undefined)
    return judged([`the mock was not told within ${PATIENCE_MS} ms that the client left`]);
  const undelivered = accountOf([entry]).undeliveredTokens;
  return pass(
    `after ${Math.max(0, entry.abortedAt - leftAt).toFixed(0)} ms, ${undelivered} tokens were never generated`,
  );
}

async function cookiesStay(subject: Subject): Promise<Outcome> {
  const { mock } = subject;
  const without = withoutMock(subject);
  if (mock === undefined || without !== undefined) return without ?? skip('no mock');
  const secret = canary('session-');
  const since = now();
  await call(subject, { path: CHAT, body: streamBody(subject), headers: { cookie: `sid=${secret}` } });
  const leaks = leaksOf(await mock.requests({ since }), secret);
  return judged(leaks.map(({ where }) => `the cookie of the client reached the provider in ${where}`));
}

async function connectionsAreReused(subject: Subject): Promise<Outcome> {
  const { mock } = subject;
  const without = withoutMock(subject);
  if (mock === undefined || without !== undefined) return without ?? skip('no mock');
  const since = now();
  const requests = 6;
  for (let count = 0; count < requests; count += 1) await call(subject, { path: CHAT, body: streamBody(subject) });
  const { reuse } = accountOf(await mock.requests({ since }));
  return judged(
    reuse > 0 ? [] : ['every request opened a connection of its own'],
    `${Math.round(reuse * 100)} % reused`,
  );
}

export const transportChecks: readonly Check[] = [
  { id: 'transport/verbatim', group: 'transport', claim: 'a stream passes byte for byte', run: bytesPassOn },
  {
    id: 'transport/abort',
    group: 'transport',
    claim: 'when the client leaves, the provider is told',
    run: abortPassesOn,
  },
  {
    id: 'transport/cookies',
    group: 'transport',
    claim: 'cookies of the client stay with the gateway',
    run: cookiesStay,
  },
  {
    id: 'transport/reuse',
    group: 'transport',
    claim: 'connections to the provider are reused',
    run: connectionsAreReused,
  },
];
