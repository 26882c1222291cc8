import { figure, median, type CaseId, type Results } from './results.ts';
import type { ServerName } from './servers.ts';

/** One comparison of a target row. `met` is undefined where this machine cannot tell (no nginx, no /proc). */
export interface Check {
  readonly text: string;
  readonly value: string;
  readonly met: boolean | undefined;
}

export interface Target {
  readonly id: string;
  readonly path: string;
  readonly checks: (results: Results) => Check[];
}

export function atMost(text: string, value: number | undefined, limit: number, unit = ''): Check {
  const known = value !== undefined && !Number.isNaN(value);
  return { text: `${text} ≤ ${limit}${unit}`, value: show(value, unit), met: known ? value <= limit : undefined };
}

export function atLeast(text: string, value: number | undefined, limit: number, unit = ''): Check {
  const known = value !== undefined && !Number.isNaN(value);
  return { text: `${text} ≥ ${limit}${unit}`, value: show(value, unit), met: known ? value >= limit : undefined };
}

function show(value: number | undefined, unit: string): string {
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  return `${value.toFixed(Math.abs(value) >= 100 ? 0 : 2)}${unit}`;
}

/** CPU of `a` over CPU of `b`, in one case or across two. */
function ratio(
  results: Results,
  [id, a]: [CaseId, ServerName],
  [otherId, b]: [CaseId, ServerName],
): number | undefined {
  const top = figure(results, id, a);
  const bottom = figure(results, otherId, b);
  return top === undefined || bottom === undefined ? undefined : top / bottom;
}

const own = (id: CaseId): [CaseId, ServerName] => [id, 'llmproxy'];

function against(results: Results, id: CaseId, other: ServerName): number | undefined {
  return ratio(results, [id, 'llmproxy'], [id, other]);
}

/** What virtual keys cost in a case: µs of CPU a request. */
function more(results: Results, id: CaseId): number | undefined {
  const [plain, keys] = [figure(results, id, 'llmproxy'), figure(results, id, 'llmproxy-keys')];
  return plain === undefined || keys === undefined ? undefined : keys - plain;
}

function portkeyOver(results: Results, id: CaseId): number | undefined {
  return ratio(results, [id, 'portkey'], [id, 'llmproxy']);
}

/** Milliseconds that a server adds to the first byte of a stream. */
export function addedFirst(results: Results, server: ServerName): number | undefined {
  const own = figure(results, 'first-event', server, 'first');
  const direct = figure(results, 'first-event', 'direct', 'first');
  return own === undefined || direct === undefined ? undefined : (own - direct) / 1_000;
}

/** Growth of the last three tenths over the three after the warm-up, per cent. */
function growth({ drift }: Results): number | undefined {
  const { residentMiB } = drift;
  if (residentMiB.length < 10) return undefined;
  return (median(residentMiB.slice(-3)) / median(residentMiB.slice(4, 7)) - 1) * 100;
}

function kilobytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1_000;
}

export const TARGETS: readonly Target[] = [
  {
    id: 'P1',
    path: 'JSON pass-through, 0.5 KB',
    checks: (results) => [
      atMost('CPU ÷ floor', against(results, 'pass-small', 'floor'), 2.6),
      atMost('CPU ÷ nginx', against(results, 'pass-small', 'nginx'), 3.2),
      atLeast('Portkey ÷ ours', portkeyOver(results, 'pass-small'), 6),
    ],
  },
  {
    id: 'P4',
    path: 'JSON pass-through, 100 KB prompt',
    checks: (results) => [
      atMost('CPU ÷ nginx', against(results, 'pass-large', 'nginx'), 4.5),
      atLeast('Portkey ÷ ours', portkeyOver(results, 'pass-large'), 6.5),
    ],
  },
  {
    id: 'S1',
    path: 'paced stream, recorded',
    checks: (results) => [
      atMost('CPU ÷ nginx', against(results, 'stream-paced', 'nginx'), 1.9),
      atLeast('Portkey ÷ ours', portkeyOver(results, 'stream-paced'), 1.9),
    ],
  },
  {
    id: 'S4',
    path: 'translated paced stream',
    checks: (results) => [
      atMost('chat client at Messages: CPU ÷ at chat', ratio(results, own('chat-to-messages'), own('stream-paced')), 2),
      atMost(
        'Messages client at chat: CPU ÷ at Messages',
        ratio(results, own('messages-to-chat'), own('stream-messages')),
        2,
      ),
    ],
  },
  {
    id: 'S2',
    path: 'added time to first token, p50',
    checks: (results) => {
      const ours = addedFirst(results, 'llmproxy');
      const portkey = addedFirst(results, 'portkey');
      const times = ours === undefined || portkey === undefined ? undefined : portkey / ours;
      return [atMost('ours', ours, 0.4, ' ms'), atLeast('Portkey ÷ ours', times, 50)];
    },
  },
  {
    id: 'S3',
    path: 'memory per open stream',
    checks: ({ memory }) => [atMost('ours', kilobytes(memory.llmproxy), 50, ' KB')],
  },
  {
    id: 'C1',
    path: 'hit from memory, JSON',
    checks: (results) => [
      atMost('0.5 KB prompt: CPU ÷ nginx proxy_cache', against(results, 'hit-small', 'nginx'), 1.5),
      atMost('8 KB: ÷ nginx', against(results, 'hit-medium', 'nginx'), 0.7),
      atMost('100 KB: ÷ nginx', against(results, 'hit-large', 'nginx'), 0.4),
    ],
  },
  {
    id: 'C2',
    path: 'hit from Redis, JSON, 0.5 KB',
    checks: (results) => [
      atMost('CPU ÷ nginx proxy_cache', ratio(results, ['hit-redis', 'llmproxy-redis'], ['hit-small', 'nginx']), 2),
    ],
  },
  {
    id: 'C4',
    path: 'hit, 27 KB stream',
    checks: (results) => [
      atMost('CPU ÷ the JSON hit', ratio(results, ['hit-stream', 'llmproxy'], ['hit-small', 'llmproxy']), 1.3),
    ],
  },
  {
    id: 'G1',
    path: 'virtual key, limits and ledger',
    checks: (results) => [
      atMost('pass-through: CPU more than without', more(results, 'pass-small'), 30, ' µs'),
      atMost('recorded miss: CPU more than without', more(results, 'record-small'), 30, ' µs'),
      atMost(
        'hit from memory: CPU ÷ without a key',
        ratio(results, ['hit-small', 'llmproxy-keys'], own('hit-small')),
        1.3,
      ),
    ],
  },
  {
    id: 'G2',
    path: '100,000 virtual keys, 10,000 teams',
    checks: ({ keys }) => [
      atMost('start to ready line', median(keys.startMs), 2_000, ' ms'),
      atMost('memory more than without keys', keys.residentMiB - keys.emptyMiB, 200, ' MiB'),
      atMost('list of the teams', median(keys.listMs), 1_000, ' ms'),
    ],
  },
  {
    id: 'F1',
    path: '100 equal concurrent streams',
    checks: (results) => {
      const own = figure(results, 'stream-paced', 'llmproxy');
      const share = own === undefined ? undefined : results.follow.cpuPerClient / own;
      return [atMost('upstream streams', results.follow.upstream, 1), atMost('CPU ÷ a stream of its own', share, 0.5)];
    },
  },
  {
    id: 'R1',
    path: 'upstream streams 1 s after the clients left',
    checks: ({ vanished }) => [atMost('ours', vanished.llmproxy, 0)],
  },
  {
    id: 'M1',
    path: 'resident memory over mixed requests',
    checks: (results) => [atMost('growth after warm-up', growth(results), 5, ' %')],
  },
  {
    id: 'T1',
    path: 'start to ready line',
    checks: ({ start }) => [
      atMost('one endpoint', median(start.bare), 500, ' ms'),
      atMost('with the bundled mocks', median(start.bundled), 500, ' ms'),
    ],
  },
];
