import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { growth, patched } from '../wire/model-mention.ts';
import { Spool } from './spool.ts';

async function all(spool: Spool, ...patches: Parameters<Spool['read']>): Promise<Buffer> {
  return buffer(spool.read(...patches));
}

test('what was written is read back, again and again, and nothing of it is seen in the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spool-'));
  const spool = await Spool.open(folder);
  const pieces = [Buffer.from('one '), Buffer.alloc(200_000, 'x'), Buffer.from(' two')];
  for (const piece of pieces) await spool.write(piece);
  const left = process.platform === 'win32' ? [] : await readdir(folder);
  const whole = Buffer.concat(pieces);
  expect(spool.bytes).toBe(whole.length);
  expect((await all(spool)).equals(whole)).toBe(true);
  expect((await all(spool)).equals(whole)).toBe(true);
  await spool.close();
  expect(left).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test.skipIf(process.platform !== 'linux')('no other user may read the file while it is open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spool-'));
  const spool = await Spool.open(folder);
  const open = await readdir('/proc/self/fd');
  const links = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  const fd = open[links.findIndex((link) => link.startsWith(folder))]!;
  const { mode } = await stat(`/proc/self/fd/${fd}`);
  await spool.close();
  await rm(folder, { recursive: true });
  expect(mode & 0o777).toBe(0o600);
});

test('after the end the file cannot be read, and a second end is no fault', async () => {
  const spool = await Spool.open();
  await spool.write(Buffer.from('x'));
  await spool.close();
  await spool.close();
  await expect(all(spool)).rejects.toThrow();
});

test('patches change the same bytes as in memory', async () => {
  const cuts = fc.uniqueArray(fc.nat(300), { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 300, maxLength: 300 }),
      cuts,
      fc.uint8Array(),
      async (bytes, at, insert) => {
        const body = Buffer.from(bytes);
        const ends = at.toSorted((a, b) => a - b);
        const pairs = Array.from({ length: Math.floor(ends.length / 2) }, (_none, index) => index * 2);
        const patches = pairs.map((first) => ({
          start: ends[first]!,
          end: ends[first + 1]!,
          bytes: Buffer.from(insert),
        }));
        const spool = await Spool.open();
        await spool.write(body.subarray(0, 100));
        await spool.write(body.subarray(100));
        const read = await all(spool, patches);
        await spool.close();
        expect(read).toEqual(patched(body, patches));
        expect(read).toHaveLength(body.length + growth(patches));
      },
    ),
    { numRuns: 50 },
  );
});
