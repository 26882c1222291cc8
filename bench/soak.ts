// `npm run soak [-- --minutes N]`: a proxy under mixed load for ten minutes, with faults of its endpoints, clients that
// leave, configuration reloads and losses of Redis. Prints a table; exit code 1 when a row is not as it must be.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis, type OwnRedis } from '../tests/setup/redis.ts';
import { startProxy, type ProxyProcess } from '../tests/setup/services.ts';
import { repeat, settled, startMocks } from './soak/bed.ts';
import { checksOf, renderChecks, type Seen } from './soak/checks.ts';
import { InvoiceReader } from './soak/invoice.ts';
import { askingOne, Mix, type Ended } from './soak/mix.ts';
import { AccessLines, descriptorsOf, residentOf } from './soak/observed.ts';
import { configuration, trouble } from './soak/trouble.ts';
import { tempFolder } from './temp-folder.ts';

const CLIENTS = 12;
const SAMPLES = 60;
const INVOICE_EVERY_MS = 3_000;

async function bookedBy(url: string): Promise<Seen['booked']> {
  const stats = (await (await fetch(`${url}/stats`)).json()) as { generations: Seen['booked'] };
  return stats.generations;
}

interface Bed {
  readonly proxy: ProxyProcess;
  readonly mocks: Awaited<ReturnType<typeof startMocks>>;
  readonly redis: OwnRedis;
  readonly file: string;
}

/** The load and the trouble, and what was seen when both are over. */
async function run({ proxy, mocks, redis, file }: Bed, minutes: number): Promise<Seen> {
  const lines = new AccessLines(proxy.child);
  const ended: Ended[] = [];
  const mix = new Mix(askingOne(proxy.url, (one) => ended.push(one)));
  const reader = new InvoiceReader(mocks);
  const resident: number[] = [];
  const before = descriptorsOf(proxy.pid);
  const length = minutes * 60_000;
  const untilMs = Date.now() + length;
  const [troubled] = await Promise.all([
    trouble({ proxy, mocks, redis, file, untilMs }),
    repeat(length / SAMPLES, untilMs, () => resident.push(residentOf(proxy.pid))),
    repeat(INVOICE_EVERY_MS, untilMs, () => reader.read()),
    ...Array.from({ length: CLIENTS }, () => repeat(0, untilMs, () => mix.next())),
  ]);
  await settled(() => ended.every(({ id }) => lines.counts.has(id)));
  await settled(async () => {
    await reader.read();
    return (await bookedBy(proxy.url)).tokens.output >= reader.total().stated.output;
  });
  return {
    minutes,
    ended,
    accessLines: lines.counts,
    invoice: reader.total(),
    booked: await bookedBy(proxy.url),
    descriptors: { before, after: descriptorsOf(proxy.pid) },
    resident,
    troubled,
  };
}

/** Starts the servers, runs, and ends them whatever happens. */
async function soak(minutes: number): Promise<boolean> {
  const file = join(tempFolder(), 'soak.yaml');
  const redis = await startRedis();
  const mocks = await startMocks();
  try {
    await writeFile(file, configuration(mocks, redis, 0));
    const proxy = await startProxy({ config: file });
    try {
      const seen = await run({ proxy, mocks, redis, file }, minutes);
      const checks = checksOf(seen);
      console.log(renderChecks(`Soak of ${minutes} minutes, ${seen.ended.length} requests`, checks));
      return checks.every(({ met }) => met);
    } finally {
      await proxy.stop();
    }
  } finally {
    await Promise.all(mocks.map((mock) => mock.close()));
    await redis.stop();
  }
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 120)) {
  console.error('--minutes takes a number above 0, up to 120.');
  process.exitCode = 1;
} else if (!(await soak(minutes))) process.exitCode = 1;
