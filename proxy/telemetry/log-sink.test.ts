import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';
import { tempFolder } from '../../tests/setup/temp-folder.ts';

import { descriptorSink } from './log-sink.ts';

function file(): { path: string; fd: number } {
  const path = join(tempFolder('log'), 'log');
  return { path, fd: openSync(path, 'a') };
}

test('lines are held back until they are flushed, and none is lost', () => {
  const { path, fd } = file();
  const sink = descriptorSink(fd);
  for (let i = 0; i < 3; i += 1) sink.write(`line ${i}\n`, false);
  expect(readFileSync(path, 'utf8')).toBe('');
  sink.flush();
  expect(readFileSync(path, 'utf8')).toBe('line 0\nline 1\nline 2\n');
  closeSync(fd);
});

test('an urgent line takes the others with it at once', async () => {
  const { path, fd } = file();
  const sink = descriptorSink(fd);
  sink.write('first\n', false);
  sink.write('urgent\n', true);
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('first\nurgent\n'), { timeout: 5_000, interval: 5 });
});
