import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checksOf, type Seen } from '../../bench/soak/checks.ts';
import { runEnvironment } from '../setup/run-marker.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Finished {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function soak(...args: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: runEnvironment(), timeout: 110_000 };
    execFile(process.execPath, ['bench/soak.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr }),
    );
  });
}

test('a soak of six seconds ends each request once, books what the mocks bill and leaves nothing open', async () => {
  const { code, stdout, stderr } = await soak('--minutes', '0.1');
  expect(stdout + stderr).not.toContain('FAILED');
  expect(stdout).toContain('| ok | requests without exactly one access line | 0 | 0 |');
  expect(code).toBe(0);
}, 120_000);

test('a length that is none is refused', async () => {
  const { code, stderr } = await soak('--minutes', 'long');
  expect([code, stderr]).toEqual([1, '--minutes takes a number above 0, up to 120.\n']);
});

const GOOD: Seen = {
  minutes: 1,
  ended: ['hit', 'joined', 'miss'].map((cache, place) => ({
    id: `soak-${place}`,
    end: 'answered',
    detail: '200',
    cache,
  })),
  accessLines: new Map([0, 1, 2].map((place) => [`soak-${place}`, 1])),
  invoice: { stated: { input: 10, output: 20 }, unstated: { input: 5, output: 100 } },
  booked: { tokens: { input: 10, output: 20 }, estimated_tokens: { input: 1, output: 110 } },
  descriptors: { before: 20, after: 30 },
  resident: Array.from({ length: 50 }, () => 150),
  troubled: { reloads: 6, redisKills: 3 },
};

const wrong = { id: 'soak-0', end: 'wrong', detail: 'a stream has no end', cache: 'miss' } as const;
const tokens = GOOD.booked.tokens;

test.each<[string, Partial<Seen>]>([
  ['a request that did not end', { ended: [...GOOD.ended, wrong] }],
  ['a request with two access lines', { accessLines: new Map([...GOOD.accessLines, ['soak-1', 2]]) }],
  ['a request without an access line', { accessLines: new Map() }],
  ['a token too many', { booked: { ...GOOD.booked, tokens: { ...tokens, input: 11 } } }],
  ['a token too few', { booked: { ...GOOD.booked, tokens: { ...tokens, output: 19 } } }],
  ['an estimate that is far off', { booked: { tokens, estimated_tokens: { input: 1, output: 121 } } }],
  ['descriptors that stay open', { descriptors: { before: 20, after: 61 } }],
  ['memory that grows', { resident: Array.from({ length: 50 }, (_, place) => 150 + 3 * place) }],
  ['a Redis that was never lost', { troubled: { reloads: 6, redisKills: 0 } }],
])('the checks of a soak find %s', (_what, change) => {
  expect(checksOf(GOOD).filter(({ met }) => !met)).toEqual([]);
  expect(checksOf({ ...GOOD, ...change }).filter(({ met }) => !met)).toHaveLength(1);
});
