// `npm run soak:fleet [-- --minutes N --replicas 3 --workers 2]`: replicas on one Redis and one database under mixed load, while
// workers and replicas are killed and restarted and Redis is lost. Prints a table; exit code 1 when a row is not as it must be.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedis, type OwnRedis } from '../tests/setup/redis.ts';
import { repeat, settled, startMocks } from './soak/bed.ts';
import { renderChecks } from './soak/checks.ts';
import { type Booked, fleetChecksOf, type FleetSeen, type FleetTrouble } from './soak/fleet-checks.ts';
import { type Asked, askingFleet } from './soak/fleet-client.ts';
import { Fleet, type FleetOptions } from './soak/fleet.ts';
import { InvoiceReader, type Sums } from './soak/invoice.ts';
import { Mix } from './soak/mix.ts';
import { tempFolder } from './temp-folder.ts';

const CLIENTS = 12;
const INVOICE_EVERY_MS = 2_000;
const REDIS_AWAY_MS = 1_500;

/** Lets everything happen to one replica after the other until the time is over, each at least once. */
async function trouble(fleet: Fleet, redis: OwnRedis, { replicas, everyMs, untilMs }: Scene): Promise<FleetTrouble> {
  const done: FleetTrouble = { workerKills: 0, replicaKills: 0, restarts: 0, redisKills: 0 };
  const steps = [
    async (replica: number): Promise<void> => {
      await fleet.killWorker(replica);
      done.workerKills += 1;
    },
    async (replica: number): Promise<void> => {
      await fleet.restart(replica);
      done.restarts += 1;
    },
    async (): Promise<void> => {
      await redis.kill();
      await after(REDIS_AWAY_MS);
      await redis.restart();
      done.redisKills += 1;
    },
    async (replica: number): Promise<void> => {
      await fleet.killReplica(replica);
      done.replicaKills += 1;
    },
  ];
  for (let turn = 0; turn < steps.length || Date.now() < untilMs; turn += 1) {
    await after(everyMs);
    await steps[turn % steps.length]?.(turn % replicas);
  }
  return done;
}

interface Scene {
  readonly replicas: number;
  readonly everyMs: number;
  readonly untilMs: number;
}

function ledgerOf(file: string): Booked[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare('select request_id, usage_source, attempts from llmproxy_ledger').all();
    return rows.map((row) => ({
      requestId: String(row['request_id']),
      estimated: row['usage_source'] === 'estimated',
      attempts: JSON.parse(String(row['attempts'])) as Sums[],
    }));
  } finally {
    database.close();
  }
}

async function run(options: FleetOptions, fleet: Fleet, minutes: number): Promise<FleetSeen> {
  const { replicas, redis, mocks, database } = options;
  const length = minutes * 60_000;
  const untilMs = Date.now() + length;
  const asked: Asked[] = [];
  const mix = new Mix(askingFleet(fleet, replicas, (one) => asked.push(one)));
  const reader = new InvoiceReader(mocks);
  const over = new AbortController();
  const troubled = trouble(fleet, redis, { replicas, everyMs: Math.min(length / 12, 7_000), untilMs }).finally(() =>
    over.abort(),
  );
  const load = async (): Promise<void> => {
    while (!over.signal.aborted) await mix.next();
  };
  await Promise.all([
    troubled,
    repeat(INVOICE_EVERY_MS, untilMs, () => reader.read()),
    ...Array.from({ length: CLIENTS }, load),
  ]);
  const seen = async (): Promise<FleetSeen> => {
    await reader.read();
    return {
      minutes,
      asked,
      kills: fleet.kills,
      invoice: reader.lines,
      ledger: ledgerOf(database),
      troubled: await troubled,
    };
  };
  await settled(async () => fleetChecksOf(await seen()).every(({ met }) => met));
  return seen();
}

/** Starts the servers, runs, and ends them whatever happens. */
async function soak(minutes: number, replicas: number, workers: number): Promise<boolean> {
  const redis = await startRedis();
  const mocks = await startMocks();
  try {
    const options = { replicas, workers, mocks, redis, database: join(tempFolder(), 'soak.db') };
    const fleet = await Fleet.start(options);
    try {
      const seen = await run(options, fleet, minutes);
      const checks = fleetChecksOf(seen);
      const title = `Soak of ${minutes} minutes: ${replicas} replicas × ${workers} workers, ${seen.asked.length} questions`;
      console.log(renderChecks(title, checks));
      return checks.every(({ met }) => met);
    } finally {
      await fleet.stop();
    }
  } finally {
    await Promise.all(mocks.map((mock) => mock.close()));
    await redis.stop();
  }
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    replicas: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
  },
});
const [minutes, replicas, workers] = [values.minutes, values.replicas, values.workers].map(Number) as [
  number,
  number,
  number,
];
const whole = (count: number, most: number): boolean => Number.isInteger(count) && count >= 1 && count <= most;
if (!(minutes > 0 && minutes <= 120) || !whole(replicas, 9) || !whole(workers, 8)) {
  console.error('--minutes takes a number above 0, up to 120, --replicas 1 to 9, --workers 1 to 8.');
  process.exitCode = 1;
} else if (!(await soak(minutes, replicas, workers))) process.exitCode = 1;
