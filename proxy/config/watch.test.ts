import { mkdirSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { afterEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';

import { digestOf, watchConfig } from './watch.ts';
import type { ConfigWatch } from './watch.ts';

const open: ConfigWatch[] = [];

afterEach(() => {
  for (const watch of open.splice(0)) watch.close();
  vi.useRealTimers();
});

function newPath(): string {
  return join(tempFolder('watch'), 'llmproxy.yaml');
}

/** A watched file that says `first`, and what stood in it at each call. */
function bench(path = newPath()): { path: string; seen: string[]; watch: ConfigWatch } {
  const seen: string[] = [];
  writeFileSync(path, 'first');
  const watch = watchConfig({ path, onChange: () => seen.push(readFileSync(path, 'utf8')), debounceMs: 20 });
  open.push(watch);
  return { path, seen, watch };
}

const soon = { timeout: 5_000, interval: 5 };

test('a file that is written anew is noticed', async () => {
  const { path, seen } = bench();
  writeFileSync(path, 'second');
  await vi.waitFor(() => expect(seen).toEqual(['second']), soon);
});

test('a file that an editor puts in the place of the old one is noticed, again and again', async () => {
  const { path, seen } = bench();
  for (const text of ['second', 'third']) {
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
    await vi.waitFor(() => expect(seen.at(-1)).toBe(text), soon);
  }
});

test('a link that is turned to another file is noticed', async () => {
  const link = newPath();
  writeFileSync(`${link}.a`, '');
  writeFileSync(`${link}.b`, 'second');
  symlinkSync(`${link}.a`, link);
  const { seen } = bench(link);
  symlinkSync(`${link}.b`, `${link}.new`);
  renameSync(`${link}.new`, link);
  await vi.waitFor(() => expect(seen).toEqual(['second']), soon);
});

test('a file that is deleted and comes back changed is noticed once it is back', async () => {
  const { path, seen } = bench();
  unlinkSync(path);
  writeFileSync(path, 'second');
  await vi.waitFor(() => expect(seen).toEqual(['second']), soon);
});

test('writing the same again, or another file beside it, is no change', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { path, seen } = bench();
  for (const write of [
    () => writeFileSync(path, 'first'),
    () => writeFileSync(`${path}.other`, 'x'),
    () => writeFileSync(path, 'second'),
  ]) {
    write();
    while (vi.getTimerCount() === 0) await setImmediate();
    vi.runAllTimers();
    await setImmediate();
  }
  expect(seen).toEqual(['second']);
});

test('SIGHUP is a change, also without a file, until the watch is closed', async () => {
  let calls = 0;
  const before = process.listenerCount('SIGHUP');
  const watch = watchConfig({ onChange: () => (calls += 1) });
  process.emit('SIGHUP');
  await setImmediate();
  expect(calls).toBe(1);
  watch.close();
  expect(process.listenerCount('SIGHUP')).toBe(before);
});

test('changes follow one another, and one that fails does not stop the next', async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  open.push(
    watchConfig({
      onChange: async () => {
        order.push('begin');
        await gate.promise;
        order.push('end');
        throw new Error('refused');
      },
    }),
  );
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  await setImmediate();
  expect(order).toEqual(['begin']);
  gate.resolve();
  await vi.waitFor(() => expect(order).toEqual(['begin', 'end', 'begin', 'end']), soon);
});

test('a change that the folder does not report is seen by polling, as of a file that is mounted alone', async () => {
  const path = newPath();
  writeFileSync(path, 'first');
  const elsewhere = join(tempFolder('watch'), 'target.yaml');
  writeFileSync(elsewhere, 'first');
  unlinkSync(path);
  symlinkSync(elsewhere, path);
  const seen: string[] = [];
  open.push(watchConfig({ path, onChange: () => seen.push(readFileSync(path, 'utf8')), debounceMs: 1, pollMs: 5 }));
  // Written in place, of the same length: only time tells.
  writeFileSync(elsewhere, 'other');
  await vi.waitFor(() => expect(seen).toEqual(['other']), soon);
  writeFileSync(`${elsewhere}.new`, 'third');
  renameSync(`${elsewhere}.new`, elsewhere);
  await vi.waitFor(() => expect(seen).toEqual(['other', 'third']), soon);
});

test('a folder that cannot be watched is reported, and the file is polled from when it is there', async () => {
  const folder = join(tempFolder('watch'), 'later');
  const path = join(folder, 'llmproxy.yaml');
  const errors: unknown[] = [];
  const seen: string[] = [];
  open.push(
    watchConfig({
      path,
      onChange: () => seen.push(readFileSync(path, 'utf8')),
      onError: (error) => errors.push(error),
      debounceMs: 1,
      pollMs: 5,
    }),
  );
  expect(errors).toMatchObject([{ code: 'ENOENT' }]);
  mkdirSync(folder);
  writeFileSync(path, 'text');
  await vi.waitFor(() => expect(seen).toEqual(['text']), soon);
});

test('what has changed since the file was loaded is noticed, also when it changed before the watch began', async () => {
  const path = newPath();
  writeFileSync(path, 'first');
  const loaded = digestOf(path);
  writeFileSync(path, 'second');
  const seen: string[] = [];
  open.push(
    watchConfig({ path, loaded, onChange: () => seen.push(readFileSync(path, 'utf8')), debounceMs: 1, pollMs: 5 }),
  );
  await vi.waitFor(() => expect(seen).toEqual(['second']), soon);
});
