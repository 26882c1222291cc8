import type { Invoice, Sums } from './invoice.ts';
import type { Ended } from './mix.ts';
import type { Troubled } from './trouble.ts';

/** What a run has seen. */
export interface Seen {
  readonly minutes: number;
  readonly ended: readonly Ended[];
  readonly accessLines: ReadonlyMap<string, number>;
  readonly invoice: Invoice;
  readonly booked: { readonly tokens: Sums; readonly estimated_tokens: Sums };
  readonly descriptors: { readonly before: number; readonly after: number };
  /** MiB, at equal distances. */
  readonly resident: readonly number[];
  readonly troubled: Troubled;
}

export interface Check {
  readonly name: string;
  readonly value: string;
  readonly wanted: string;
  readonly met: boolean;
}

/** Estimated output may be off by this share. */
const ESTIMATE = 0.2;
/** Connections that are kept for reuse: of each of twelve clients to each of three mocks, and some to Redis. */
const KEPT_DESCRIPTORS = 40;
const GROWTH = 1.25;
const GROWTH_MIB = 32;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** How often each of some words came. */
export function tally(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} ${value}`).join(', ');
}

function endings({ ended, accessLines }: Seen): Check[] {
  const wrong = ended.filter(({ end }) => end === 'wrong');
  const lines = ended.filter(({ id }) => accessLines.get(id) !== 1).length;
  return [
    {
      name: 'requests',
      value: tally(ended.map(({ end }) => end)),
      wanted: 'none wrong, most answered',
      met: wrong.length === 0 && ended.filter(({ end }) => end === 'answered').length > ended.length * 0.8,
    },
    {
      name: 'what was refused or wrong',
      value: tally(ended.filter(({ end }) => end === 'refused' || end === 'wrong').map(({ detail }) => detail)) || '–',
      wanted: '',
      met: true,
    },
    { name: 'cache', value: tally(ended.map(({ cache }) => cache)), wanted: 'hits and joins', met: mixed(ended) },
    { name: 'requests without exactly one access line', value: String(lines), wanted: '0', met: lines === 0 },
  ];
}

function mixed(ended: readonly Ended[]): boolean {
  return ['hit', 'joined', 'miss'].every((kind) => ended.some(({ cache }) => cache === kind));
}

function bill({ invoice: { stated, unstated }, booked }: Seen): Check[] {
  const exact = (side: keyof Sums): Check => ({
    name: `stated ${side} tokens`,
    value: String(booked.tokens[side]),
    wanted: String(stated[side]),
    met: booked.tokens[side] === stated[side],
  });
  const estimated = booked.estimated_tokens.output;
  return [
    exact('input'),
    exact('output'),
    {
      name: 'estimated output tokens',
      value: String(estimated),
      wanted: `${unstated.output} ± ${ESTIMATE * 100} %`,
      met: Math.abs(estimated - unstated.output) <= unstated.output * ESTIMATE,
    },
  ];
}

function machine({ descriptors, resident, troubled }: Seen): Check[] {
  const fifth = Math.max(1, Math.floor(resident.length / 5));
  const early = median(resident.slice(fifth, 2 * fifth));
  const late = median(resident.slice(-fifth));
  const most = early * GROWTH + GROWTH_MIB;
  return [
    {
      name: 'open descriptors at the end',
      value: String(descriptors.after),
      wanted: `≤ ${descriptors.before} + ${KEPT_DESCRIPTORS}`,
      met: descriptors.after <= descriptors.before + KEPT_DESCRIPTORS,
    },
    {
      name: 'resident memory, last fifth (MiB)',
      value: late.toFixed(0),
      wanted: `≤ ${most.toFixed(0)} (second fifth: ${early.toFixed(0)})`,
      met: late <= most,
    },
    {
      name: 'reloads and losses of Redis',
      value: `${troubled.reloads}, ${troubled.redisKills}`,
      wanted: '≥ 1 each',
      met: troubled.reloads > 0 && troubled.redisKills > 0,
    },
  ];
}

/** Everything that a run must show. */
export function checksOf(seen: Seen): Check[] {
  return [...endings(seen), ...bill(seen), ...machine(seen)];
}

export function renderChecks(title: string, checks: readonly Check[]): string {
  const rows = checks.map(
    ({ name, value, wanted, met }) => `| ${met ? 'ok' : 'FAILED'} | ${name} | ${value} | ${wanted} |`,
  );
  return [title, '', '| | what | seen | wanted |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
