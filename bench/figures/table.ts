import { storedKeys } from '../stored-keys.ts';
import { cacheMemory } from './cache-memory.ts';
import { drift } from './drift.ts';
import type { Measurement } from './measurement.ts';
import { metrics, prompts } from './stalls.ts';
import { startTimes } from './start.ts';
import { follow, manyStreams, openStreams } from './streams.ts';

export const MEASUREMENTS: readonly Measurement[] = [
  { name: 'open-streams', figures: [], run: openStreams },
  { name: 'equal-streams', figures: ['follow-upstream', 'follow-cpu'], run: follow },
  {
    name: 'cache-memory',
    figures: ['memory-1k', 'memory-27k', 'entry-1k-kb', 'purge-entries', 'purge-ms', 'purge-left'],
    run: cacheMemory,
  },
  { name: 'metrics', figures: ['metrics-1000-ms', 'metrics-5000-ms'], run: metrics },
  { name: 'long-prompts', figures: ['quiet-ms', 'prompt-ms'], run: prompts },
  { name: 'start', figures: ['start-source-ms', 'start-built-ms', 'start-bundled-ms'], run: startTimes },
  {
    name: 'many-streams',
    figures: ['streams-1000-kb', 'streams-5000-kb', 'streams-left-mb'],
    slow: '--quick does not wait a minute for it',
    run: manyStreams,
  },
  { name: 'drift', figures: [], run: drift },
  {
    name: 'stored-keys',
    figures: [],
    run: async ({ harness, results, quick }) => {
      results.keys = await storedKeys(harness, quick ? 1 : 5);
    },
  },
];
