import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSource, ROOT, sourceFiles } from './sources.ts';

const MAX_LINES = 400;
/** A soft limit, held for the code as a whole. */
const MEDIAN_LINES = 120;

const files = sourceFiles('proxy', 'mocks', 'tests', 'tools', 'bench', 'examples');
const lines = (file: string): number => readSource(file).trimEnd().split('\n').length;

test('no file is longer than 400 lines', () => {
  expect(
    files.map((file) => `${file}: ${lines(file)}`).filter((line) => Number(line.split(': ')[1]) > MAX_LINES),
  ).toEqual([]);
});

test('an application that retrieves, calls tools and streams is tested in 30 lines', () => {
  const example = 'examples/vitest/src/support-desk';
  const [application, tests] = [readSource(`${example}.ts`), readSource(`${example}.test.ts`)];
  expect([application.includes('embeddings'), application.includes('tools'), application.includes('stream')]).toEqual([
    true,
    true,
    true,
  ]);
  expect(tests).toContain("from './support-desk.ts'");
  expect(lines(`${example}.test.ts`)).toBeLessThanOrEqual(30);
});

test.each(['anthropic/src/weather-desk', 'gemini/src/place-finder'])('examples/%s is tested in 30 lines', (name) => {
  expect(readSource(`examples/${name}.test.ts`)).toContain(`from './${name.split('/').at(-1)}.ts'`);
  expect(lines(`examples/${name}.test.ts`)).toBeLessThanOrEqual(30);
});

test('the files of proxy/ and mocks/ are small as a rule', () => {
  const sizes = files
    .filter((file) => /^(?:proxy|mocks)\//.test(file) && !file.endsWith('.test.ts'))
    .map(lines)
    .toSorted((a, b) => a - b);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(MEDIAN_LINES);
});

test('no function is longer than 80 lines, more complex than 15 or has more than 5 parameters', async () => {
  const limits = /^eslint\((?:max-lines|max-lines-per-function|complexity|max-params|max-depth)\)$/;
  const found = await oxlint();
  expect(found.filter(({ code }) => limits.test(code)).map((one) => `${one.filename}: ${one.message}`)).toEqual([]);
});

interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly filename: string;
}

/** oxlint ends with 1 when it finds anything; the JSON on stdout is what counts. */
function oxlint(): Promise<Diagnostic[]> {
  const program = join(ROOT, 'node_modules/.bin/oxlint');
  return new Promise((resolve, reject) => {
    execFile(program, ['--format', 'json'], { cwd: ROOT, maxBuffer: 1 << 27 }, (error, stdout) => {
      try {
        resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
      } catch {
        reject(error ?? new Error(`oxlint printed no JSON: ${stdout.slice(0, 200)}`));
      }
    });
  });
}
