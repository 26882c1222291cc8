import { ManualClock } from '../core/clock.ts';
import { governanceBed } from './governance.fixture.ts';

/** A process that creates keys until it is killed, and says which after each commit. Its argument is the path of SQLite. */
const bed = await governanceBed({
  address: { kind: 'sqlite', path: process.argv[2] ?? '' },
  clock: new ManualClock(Date.now()),
});
process.stdout.write('{"ready":true}\n');
for (let index = 0; ; index++) {
  const { id, value } = await bed.governance.store.create(
    'virtual_key',
    { name: `${process.pid}-${index}`, budget: { max_limit: index, reset_duration: '1h' } },
    'child',
  );
  process.stdout.write(`${JSON.stringify({ id, value, index })}\n`);
}
