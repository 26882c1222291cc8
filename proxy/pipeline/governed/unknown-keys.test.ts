import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { governanceBed } from '../../governance/governance.fixture.ts';
import { operationBed } from '../operation.fixture.ts';
import { governedBed } from './governed.fixture.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const CALLS = 100_000;
const WARM = 10_000;
/** A string of a key alone takes more than this a call. */
const BYTES_A_CALL = 10;

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test('a hundred thousand calls with unknown keys grow nothing but a counter', async () => {
  const { governance } = await governanceBed({
    address: { kind: 'sqlite', path: ':memory:' },
    clock: new ManualClock(),
  });
  const bed = operationBed();
  const governed = governedBed(bed.clock);
  let refused = 0;
  const watch = { ...governed.tools.watch, refused: () => void refused++ };
  const tools = { ...governed.tools, directory: governance.directory, watch };
  Object.assign(bed.runtime, { governed: tools });
  const call = async (index: number): Promise<void> => {
    const key = `sk-lp-${index.toString(36).padStart(32, 'x')}`;
    const asked = bed.ask({ model: 'm', messages: [] }, { authorization: `Bearer ${key}` });
    await asked.over;
    expect(asked.responder.heads[0]?.status).toBe(403);
    // What the bed keeps of each for its tests.
    bed.exchanges.length = 0;
  };
  for (let index = 0; index < WARM; index++) await call(index);
  const before = heap();
  for (let index = 0; index < CALLS; index++) await call(CALLS + index);
  expect(heap() - before).toBeLessThan(CALLS * BYTES_A_CALL);
  expect(refused).toBe(WARM + CALLS);
  expect([governance.directory.size, governed.rows.length]).toEqual([0, 0]);
}, 120_000);
