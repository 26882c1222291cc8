import type { JsonObject } from '../../core/json.ts';
import { askProxy, targetOf } from '../control-plane.ts';
import { CommandFault, exitCodeOf, type CommandPlace } from '../place.ts';
import { aligned, sizeText } from '../text-table.ts';
import type { CacheStatsOptions } from './options.ts';

/** `llmproxy cache stats`: what a running proxy has stored, and what it answered from that since it started. Resolves to the exit code. */
export function runCacheStats(options: CacheStatsOptions, place: CommandPlace): Promise<number> {
  return exitCodeOf('cache stats', place, async () => {
    const target = targetOf(options, place);
    const { cache } = await askProxy(target, { method: 'GET', path: '/stats' });
    if (typeof cache !== 'object' || cache === null || Array.isArray(cache)) {
      throw new CommandFault(`what answers at ${target.url} is no llmproxy.`);
    }
    place.out.write(options.json === true ? `${JSON.stringify(cache, undefined, 2)}\n` : textOf(cache));
  });
}

function textOf(cache: JsonObject): string {
  const count = (name: string): number => Number(cache[name] ?? 0);
  const found = cache['found_in'] as JsonObject | undefined;
  const [hits, stale] = [count('hits'), count('stale')];
  const asked = hits + stale + count('misses') + count('joined');
  const share = asked === 0 ? '' : ` (${Math.round(((hits + stale) / asked) * 100)} % of ${asked})`;
  return aligned([
    ['entries in memory', `${count('entries')}, ${sizeText(count('bytes'))}`],
    ['stored since the start', `${count('stored')}, ${count('evictions')} evicted`],
    ['answered from the cache', `${hits + stale}${share}`],
    ['found in', `memory ${Number(found?.['memory'] ?? 0)}, Redis ${Number(found?.['redis'] ?? 0)}`],
    ['expired and served', `${stale}`],
    ['answered by an endpoint', `${count('misses')}`],
    ['joined an equal request', `${count('joined')}`],
    ['past the cache', `${count('bypassed')}`],
  ]);
}
