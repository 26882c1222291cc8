import {
  atLeast,
  atMost,
  type Check,
  known,
  milliseconds,
  minus,
  over,
  read,
  readFigure,
  type Reading,
} from './checks.ts';
import { median, reasonFor, type CaseId, type Results, type Series } from './results.ts';
import type { ServerName } from './servers.ts';

export interface Target {
  readonly id: string;
  readonly path: string;
  readonly checks: (results: Results) => Check[];
}

/** CPU of one server over that of another in the same case. */
function ratio(results: Results, id: CaseId, a: ServerName, b: ServerName, key: keyof Series = 'cpu'): Reading {
  return over(read(results, id, a, key), read(results, id, b, key));
}

function more(results: Results, id: CaseId, a: ServerName, b: ServerName): Reading {
  return minus(read(results, id, a), read(results, id, b));
}

/** Milliseconds that a server adds to the first byte of a stream. */
export function addedFirst(results: Results, server: ServerName, key: 'first' | 'firstSlow' = 'first'): Reading {
  return milliseconds(minus(read(results, 'first-event', server, key), read(results, 'first-event', 'direct', key)));
}

/** Growth of the last three tenths over the three after the warm-up, per cent. */
function growth(results: Results): Reading {
  const { residentMiB } = results.drift;
  if (residentMiB.length < 10) return { why: reasonFor(results, 'drift') };
  return (median(residentMiB.slice(-3)) / median(residentMiB.slice(4, 7)) - 1) * 100;
}

const fromRedis = (results: Results, id: CaseId): Reading => ratio(results, id, 'llmproxy-redis', 'llmproxy');

export const TARGETS: readonly Target[] = [
  {
    id: 'P1',
    path: 'JSON pass-through, 0.5 KB',
    checks: (results) => [atMost('CPU ÷ nginx', ratio(results, 'pass-small', 'llmproxy', 'nginx'), 3)],
  },
  {
    id: 'P1r',
    path: 'the same, looked up and recorded',
    checks: (results) => [
      atMost('CPU ÷ plain', ratio(results, 'record-small', 'llmproxy', 'llmproxy-plain'), 1.25),
      atMost('saturated: p99', milliseconds(read(results, 'record-small', 'llmproxy', 'slow')), 3, ' ms'),
    ],
  },
  {
    id: 'P4',
    path: 'JSON pass-through, 100 KB prompt',
    checks: (results) => [
      atMost('CPU ÷ nginx', ratio(results, 'pass-large', 'llmproxy', 'nginx'), 3.5),
      atMost('500 a second: p99', milliseconds(read(results, 'rate-large', 'llmproxy', 'slow')), 3, ' ms'),
    ],
  },
  {
    id: 'S1',
    path: 'paced stream, recorded',
    checks: (results) => [
      atMost('CPU ÷ nginx', ratio(results, 'stream-paced', 'llmproxy', 'nginx'), 1.5),
      atMost('CPU ÷ rolter', ratio(results, 'stream-paced', 'llmproxy', 'rolter'), 1.1),
    ],
  },
  {
    id: 'S2',
    path: 'time added to the first byte of a stream',
    checks: (results) => [
      atMost('p50', addedFirst(results, 'llmproxy'), 0.2, ' ms'),
      atMost('p99', addedFirst(results, 'llmproxy', 'firstSlow'), 1, ' ms'),
    ],
  },
  {
    id: 'S3',
    path: 'memory of open streams',
    checks: (results) => [
      atMost('one of 1,000', readFigure(results, 'streams-1000-kb'), 40, ' KB'),
      atMost('one of 5,000', readFigure(results, 'streams-5000-kb'), 40, ' KB'),
      atMost('a minute after they left: more than idle', readFigure(results, 'streams-left-mb'), 60, ' MB'),
    ],
  },
  {
    id: 'C1',
    path: 'hit from memory, JSON',
    checks: (results) => [
      atMost('0.5 KB prompt: CPU ÷ nginx proxy_cache', ratio(results, 'hit-small', 'llmproxy', 'nginx'), 1.2),
      atMost('8 KB: CPU ÷ nginx proxy_cache', ratio(results, 'hit-medium', 'llmproxy', 'nginx'), 0.55),
      atMost('100 KB: CPU ÷ rolter with Redis', ratio(results, 'hit-large', 'llmproxy', 'rolter-redis'), 0.8),
      atMost('100 KB, 500 a second: p99', milliseconds(read(results, 'rate-hit-large', 'llmproxy', 'slow')), 2, ' ms'),
    ],
  },
  {
    id: 'C2',
    path: 'hit from Redis',
    checks: (results) => [
      ...(['hit-small', 'hit-medium', 'hit-large'] as const).map((id, at) => {
        const size = ['0.5', '8', '100'][at];
        return atMost(`JSON, ${size} KB prompt: CPU ÷ rolter`, ratio(results, id, 'llmproxy-redis', 'rolter-redis'), 1);
      }),
      atMost('27 KB stream: CPU ÷ from memory', fromRedis(results, 'hit-stream'), 3),
      atMost('1 MB JSON: CPU ÷ from memory', fromRedis(results, 'hit-1mb'), 6),
      atMost('1 MB stream: CPU ÷ from memory', fromRedis(results, 'hit-1mb-stream'), 6),
    ],
  },
  {
    id: 'MB',
    path: '`cache.memory` full: resident ≤ 110 MB + 1.3 × the setting',
    checks: (results) => [
      atMost('1 KB answers: × the setting', readFigure(results, 'memory-1k'), 1.3),
      atMost('27 KB streams: × the setting', readFigure(results, 'memory-27k'), 1.3),
      atMost('an entry of 1 KB', readFigure(results, 'entry-1k-kb'), 1.9, ' KB'),
      atMost('purge: longest wait', readFigure(results, 'purge-ms'), 20, ' ms'),
      atMost('purge: resident ÷ before', readFigure(results, 'purge-left'), 0.5),
    ],
  },
  {
    id: 'SC',
    path: 'growth',
    checks: (results) => [
      atMost(
        '200 endpoints: CPU more than one',
        more(results, 'endpoints-200', 'llmproxy-200', 'llmproxy-plain'),
        2,
        ' µs',
      ),
      atMost('`/metrics` at 5,000 models: longest wait', readFigure(results, 'metrics-5000-ms'), 10, ' ms'),
      atMost('10 MB prompt of 70,000 messages: longest wait', readFigure(results, 'prompt-ms'), 50, ' ms'),
    ],
  },
  {
    id: 'F1',
    path: '100 equal concurrent streams',
    checks: (results) => [
      atMost('upstream streams', readFigure(results, 'follow-upstream'), 1),
      atMost(
        'CPU ÷ a stream of its own',
        over(readFigure(results, 'follow-cpu'), read(results, 'stream-paced', 'llmproxy')),
        0.5,
      ),
    ],
  },
  {
    id: 'R1',
    path: 'upstream streams 1 s after the clients left',
    checks: (results) => [atMost('ours', known(results.vanished.llmproxy, reasonFor(results, 'open-streams')), 0)],
  },
  {
    id: 'K',
    path: 'two workers on two free cores',
    checks: (results) => [
      atLeast('rate ÷ one', ratio(results, 'workers-2', 'llmproxy-workers', 'llmproxy-plain', 'rate'), 1.85),
      atMost('CPU ÷ one', ratio(results, 'workers-2', 'llmproxy-workers', 'llmproxy-plain'), 1.08),
    ],
  },
  {
    id: 'G',
    path: 'virtual key, limits and ledger',
    checks: (results) => [
      atMost('pass-through: CPU more', more(results, 'pass-small', 'llmproxy-keys', 'llmproxy'), 30, ' µs'),
      atMost('recorded miss: CPU more', more(results, 'record-small', 'llmproxy-keys', 'llmproxy'), 30, ' µs'),
      atMost('hit from memory: CPU ÷ without', ratio(results, 'hit-small', 'llmproxy-keys', 'llmproxy'), 1.3),
    ],
  },
  {
    id: 'G2',
    path: '100,000 virtual keys, 10,000 teams',
    checks: (results) => {
      const { startMs, residentMiB, emptyMiB, listMs } = results.keys;
      const why = reasonFor(results, 'stored-keys');
      const of = (value: number): Reading => (startMs.length === 0 ? { why } : value);
      return [
        atMost('start to ready line', of(median(startMs)), 2_000, ' ms'),
        atMost('memory more than without keys', of(residentMiB - emptyMiB), 200, ' MiB'),
        atMost('list of the teams', of(median(listMs)), 1_000, ' ms'),
      ];
    },
  },
  {
    id: 'X',
    path: 'translated paced stream',
    checks: (results) => {
      const of = (id: CaseId): Reading => read(results, id, 'llmproxy');
      return [
        atMost('chat client at Messages: CPU ÷ at chat', over(of('chat-to-messages'), of('stream-paced')), 2),
        atMost('Messages client at chat: CPU ÷ at Messages', over(of('messages-to-chat'), of('stream-messages')), 2),
      ];
    },
  },
  {
    id: 'M1',
    path: 'resident memory over mixed requests',
    checks: (results) => [atMost('growth after warm-up', growth(results), 5, ' %')],
  },
  {
    id: 'T1',
    path: 'start to ready line, built',
    checks: (results) => [
      atMost('one endpoint', readFigure(results, 'start-built-ms'), 200, ' ms'),
      atMost('with the bundled mocks', readFigure(results, 'start-bundled-ms'), 400, ' ms'),
    ],
  },
];
