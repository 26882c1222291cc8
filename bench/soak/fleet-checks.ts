import type { Check } from './checks.ts';
import { tally } from './checks.ts';
import type { Kill } from './fleet.ts';
import type { Asked, Try } from './fleet-client.ts';
import type { InvoiceLine, Sums } from './invoice.ts';

/** A row of the ledger. */
export interface Booked {
  readonly requestId: string;
  /** Whether a part of it is the proxy's own estimate. */
  readonly estimated: boolean;
  readonly attempts: readonly Sums[];
}

/** How often what happened to the fleet. */
export interface FleetTrouble {
  workerKills: number;
  replicaKills: number;
  restarts: number;
  redisKills: number;
}

/** What a run has seen. */
export interface FleetSeen {
  readonly minutes: number;
  readonly asked: readonly Asked[];
  readonly kills: readonly Kill[];
  readonly invoice: readonly InvoiceLine[];
  readonly ledger: readonly Booked[];
  readonly troubled: FleetTrouble;
}

/** A row is in the database this long after its request has ended: a tenth of a second, and what a loaded machine needs. */
const WRITTEN_MS = 2_000;

/** Share of the questions over which no process was killed and nothing was estimated. */
const LEAST_SURE = 0.3;

/** A replica that is told to stop refuses requests before it knows whose they are. */
const REFUSED = '503 shutting_down';

/** What cannot be known: the process that had the request was killed before its row was written. */
export function isTouched({ replica, from, to }: Try, kills: readonly Kill[]): boolean {
  return kills.some((kill) => kill.replica === replica && kill.at >= from && kill.at <= to + WRITTEN_MS);
}

function none(name: string, found: readonly string[]): Check {
  const value = found.length === 0 ? '0' : `${found.length}: ${tally(found.slice(0, 20))}`;
  return { name, value, wanted: '0', met: found.length === 0 };
}

function answers({ asked, kills }: FleetSeen): Check[] {
  const tries = asked.flatMap((one) => one.tries);
  const lost = asked.flatMap(({ tries: all }) => {
    const last = all.at(-1);
    return last?.end === 'answered' || last?.end === 'left' ? [] : [last?.detail ?? 'not asked'];
  });
  const wrong = tries.filter((one) => one.end === 'wrong' && one.status !== 0 && !isTouched(one, kills));
  return [
    { name: 'requests', value: tally(tries.map(({ end }) => end)), wanted: '', met: asked.length > 0 },
    { name: 'cache', value: tally(tries.map(({ cache }) => cache)), wanted: '', met: true },
    none('questions without an answer', lost),
    none(
      'wrong answers of processes that lived',
      wrong.map(({ detail }) => detail),
    ),
  ];
}

/** Prompts whose whole bill can be known: no process was killed over them, and the mock has said what each answer costs. */
function knownPrompts({ asked, kills, invoice, ledger }: FleetSeen): ReadonlySet<string> {
  const estimated = new Set(ledger.filter((row) => row.estimated).map(({ requestId }) => requestId));
  const isUnsure = (one: Try): boolean => isTouched(one, kills) || estimated.has(one.id);
  const unknown = new Set([
    ...asked.filter(({ tries }) => tries.some(isUnsure)).map(({ prompt }) => prompt),
    ...invoice.filter(({ stated }) => !stated).map(({ prompt }) => prompt),
  ]);
  return new Set(asked.map(({ prompt }) => prompt).filter((prompt) => !unknown.has(prompt)));
}

function bill(seen: FleetSeen): Check[] {
  const { asked, kills, invoice, ledger } = seen;
  const rows = Map.groupBy(ledger, ({ requestId }) => requestId);
  const heard = asked
    .flatMap(({ tries }) => tries)
    .filter((one) => one.status !== 0 && one.detail !== REFUSED && !isTouched(one, kills));
  const known = knownPrompts(seen);
  const ids = asked.filter(({ prompt }) => known.has(prompt)).flatMap(({ tries }) => tries.map(({ id }) => id));
  const booked = ids.flatMap((id) => rows.get(id) ?? []).flatMap(({ attempts }) => attempts);
  const billed = invoice.filter(({ prompt }) => known.has(prompt));
  const sum = (of: readonly Sums[], side: keyof Sums): number => of.reduce((total, one) => total + one[side], 0);
  const exact = (side: keyof Sums): Check => {
    const [value, wanted] = [sum(booked, side), sum(billed, side)];
    return {
      name: `${side} tokens of these`,
      value: String(value),
      wanted: String(wanted),
      met: value === wanted && value > 0,
    };
  };
  const least = Math.floor(asked.length * LEAST_SURE);
  return [
    {
      name: 'questions whose bill can be known',
      value: String(known.size),
      wanted: `≥ ${least} of ${asked.length}`,
      met: known.size > 0 && known.size >= least,
    },
    none(
      'requests without exactly one row of the ledger',
      heard
        .filter(({ id }) => rows.get(id)?.length !== 1)
        .map(({ id, detail }) => `${detail} (${rows.get(id)?.length ?? 0})`),
    ),
    exact('input'),
    exact('output'),
  ];
}

function happened({ troubled: { workerKills, replicaKills, restarts, redisKills } }: FleetSeen): Check {
  const counts = [workerKills, replicaKills, restarts, redisKills];
  return {
    name: 'kills of workers and replicas, restarts, losses of Redis',
    value: counts.join(', '),
    wanted: '≥ 1 each',
    met: counts.every((count) => count > 0),
  };
}

/** Everything that a run must show. */
export function fleetChecksOf(seen: FleetSeen): Check[] {
  return [...answers(seen), ...bill(seen), happened(seen)];
}
