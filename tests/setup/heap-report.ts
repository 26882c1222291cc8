import { getHeapSpaceStatistics, queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Attempt } from '../../proxy/generation/attempt.ts';
import { Generation } from '../../proxy/generation/generation.ts';
import { ClientFollower } from '../../proxy/pipeline/follower.ts';
import { NodeResponder } from '../../proxy/server/responder.ts';

/** What a proxy holds of requests that are over. */
export interface HeapReport {
  /** Bytes of the old generation after collections of the young one alone. */
  readonly promoted: number;
  /** The same after a full collection. */
  readonly reachable: number;
  /** Objects that are reachable, by class. */
  readonly objects: Readonly<Record<string, number>>;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

function oldBytes(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space')
    .reduce((sum, { space_used_size: used }) => sum + used, 0);
}

/** Imported into a process before its program: SIGUSR2 makes it write a report to stdout, one line of JSON. */
process.on('SIGUSR2', () => {
  for (let round = 0; round < 3; round += 1) collect({ type: 'minor' });
  const promoted = oldBytes();
  const classes = { Attempt, ClientFollower, Generation, NodeResponder };
  // This collects everything first.
  const count = (what: new (...parts: never[]) => object): number => queryObjects(what, { format: 'count' });
  const objects = Object.fromEntries(Object.entries(classes).map(([name, what]) => [name, count(what)]));
  process.stdout.write(`${JSON.stringify({ promoted, reachable: oldBytes(), objects } satisfies HeapReport)}\n`);
});
