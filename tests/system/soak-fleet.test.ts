import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fleetChecksOf, type FleetSeen } from '../../bench/soak/fleet-checks.ts';
import type { Try } from '../../bench/soak/fleet-client.ts';
import { runEnvironment } from '../setup/run-marker.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Finished {
  readonly code: number | string | null;
  readonly text: string;
}

function soak(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: runEnvironment(), timeout: 170_000 };
    execFile(process.execPath, ['bench/soak-fleet.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), text: stdout + stderr }),
    );
  });
}

test('replicas and workers that are killed and restarted lose no question, no row and no token', async () => {
  const { code, text } = await soak('--minutes', '0.15', '--replicas', '3', '--workers', '2');
  expect(text).not.toContain('FAILED');
  expect(text).toContain('| ok | questions without an answer | 0 | 0 |');
  expect(code).toBe(0);
}, 180_000);

test.each([
  ['--minutes', '0'],
  ['--replicas', '1.5'],
  ['--workers', 'many'],
])('%s %s is refused', async (name, value) => {
  const { code, text } = await soak(name, value);
  expect([code, text]).toEqual([
    1,
    '--minutes takes a number above 0, up to 120, --replicas 1 to 9, --workers 1 to 8.\n',
  ]);
});

const ANSWERED: Try = {
  id: 'soak-0',
  replica: 0,
  from: 1_000,
  to: 1_200,
  status: 200,
  end: 'answered',
  detail: '200',
  cache: 'miss',
};
const tokens = { input: 10, output: 20 };
const GOOD: FleetSeen = {
  minutes: 1,
  asked: [{ prompt: 'one', tries: [ANSWERED] }],
  kills: [],
  invoice: [{ prompt: 'one', stated: true, ...tokens }],
  ledger: [{ requestId: 'soak-0', estimated: false, attempts: [tokens] }],
  troubled: { workerKills: 1, replicaKills: 1, restarts: 1, redisKills: 1 },
};
const [row] = GOOD.ledger as [FleetSeen['ledger'][number]];
const second = { ...GOOD.invoice[0], prompt: 'two' } as FleetSeen['invoice'][number];

function failing(seen: Partial<FleetSeen>): number {
  return fleetChecksOf({ ...GOOD, ...seen }).filter(({ met }) => !met).length;
}

test.each<[string, Partial<FleetSeen>]>([
  ['a question without an answer', { asked: [{ prompt: 'one', tries: [{ ...ANSWERED, end: 'refused' }] }] }],
  ['a wrong answer', { asked: [{ prompt: 'one', tries: [{ ...ANSWERED, id: 'soak-1', end: 'wrong' }, ANSWERED] }] }],
  ['a request without a row', { ledger: [] }],
  ['a request with two rows', { ledger: [row, row] }],
  ['a token too many', { ledger: [{ ...row, attempts: [{ ...tokens, output: 21 }] }] }],
  ['an answer that was not booked', { ledger: [{ ...row, attempts: [] }] }],
  ['a kill that did not happen', { troubled: { ...GOOD.troubled, replicaKills: 0 } }],
  ['nothing that can be known', { kills: [{ replica: 0, at: 1_100 }] }],
])('a soak fails for %s', (_name, seen) => {
  expect(failing({})).toBe(0);
  expect(failing(seen)).toBeGreaterThan(0);
});

test('a kill excuses the requests of its replica in its moment, and no others', () => {
  const other = { ...ANSWERED, id: 'soak-1', replica: 1 };
  const both = {
    asked: [...GOOD.asked, { prompt: 'two', tries: [other] }],
    invoice: [...GOOD.invoice, second],
    kills: [{ replica: 0, at: 1_100 }],
  };
  expect(failing({ ...both, ledger: [{ ...row, requestId: 'soak-1' }] })).toBe(0);
  expect(failing({ ...both, ledger: [row] })).toBeGreaterThan(0);
  expect(failing({ ...both, ledger: [{ ...row, requestId: 'soak-1' }], kills: [{ replica: 0, at: 900 }] })).toBe(3);
});
