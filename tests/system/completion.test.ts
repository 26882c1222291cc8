import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logSchema } from '../../proxy/config/schema/server.ts';
import { runEnvironment } from '../setup/run-marker.ts';
import { command } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'llmproxy-completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Words of a command line, the last of which is to be completed. */
type Words = readonly string[];

const quoted = (words: Words): string => words.map((word) => `'${word}'`).join(' ');

interface Call {
  readonly options: readonly string[];
  readonly script: string;
}

/** How a shell is asked for its completions of words, one a line. What it does not filter by the last word, the test does. */
const SHELLS = {
  bash: (file: string, words: Words) => ({
    options: ['--norc', '--noprofile', '-uc'],
    script: `source ${file}; complete -p llmproxy >/dev/null; COMP_WORDS=(llmproxy ${quoted(words)}); COMP_CWORD=${words.length}; _llmproxy; printf '%s\\n' "\${COMPREPLY[@]}"`,
  }),
  zsh: (file: string, words: Words) => ({
    options: ['-f', '-c'],
    script: `compdef() { [[ "$*" == '_llmproxy llmproxy' ]] || print WRONG; }; source ${file}
_describe() { local -a all; all=("\${(@P)2}"); print -l -- "\${(@)all%%:*}"; }; _files() { print -l -- *; }
words=(llmproxy ${quoted(words)}); CURRENT=${words.length + 1}; _llmproxy`,
  }),
  fish: (file: string, words: Words) => ({
    options: ['--no-config', '-c'],
    script: `source ${file}; complete -C "llmproxy ${words.join(' ')}" | string replace -r '\\t.*' ''; true`,
  }),
} satisfies Record<string, (file: string, words: Words) => Call>;
type Shell = keyof typeof SHELLS;

const files = {} as Record<Shell, string>;

beforeAll(async () => {
  for (const shell of Object.keys(SHELLS) as Shell[]) {
    const { code, out, err } = await command(['completion', shell]);
    expect([code, err]).toEqual([0, '']);
    files[shell] = join(folder, `llmproxy.${shell}`);
    writeFileSync(files[shell], out);
  }
  writeFileSync(join(folder, 'my.yaml'), '');
});

function completions(shell: Shell, line: string): string[] {
  const words = line.split(' ');
  const { options, script }: Call = SHELLS[shell](files[shell], words);
  const out = execFileSync(shell, [...options, script], { cwd: folder, encoding: 'utf8', env: runEnvironment() });
  return out.split('\n').filter((word) => word !== '' && word.startsWith(words.at(-1) ?? ''));
}

const CASES: readonly (readonly [line: string, words: Words])[] = [
  ['sta', ['start', 'status']],
  ['mock re', ['record', 'replay']],
  ['mock record --t', ['--target']],
  ['mock replay x.jsonl --on', ['--on-miss']],
  ['--po', ['--port']],
  ['cache purge --m', ['--model']],
  ['keys create --name list --mo', ['--models']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['mock pairs --expect ', ['hit', 'miss']],
  ['conformance --strictness s', ['spec']],
  ['explain --tier ', ['complex', 'heavy', 'micro', 'standard', 'versatile']],
  ['check my', ['my.yaml']],
  ['start --config my', ['my.yaml']],
  ['keys create --name ', []],
];

for (const shell of Object.keys(SHELLS) as Shell[]) {
  const isThere = spawnSync(shell, ['--version']).status === 0;
  describe.skipIf(!isThere)(`${shell} (skipped where it is not installed)`, () => {
    test.each(CASES)('completes %s', (line, words) => {
      expect(completions(shell, line).toSorted()).toEqual(words);
    });

    test('completes every command of the help', async () => {
      const { out } = await command(['--help']);
      const names = [...out.slice(out.indexOf('\nCommands:')).matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
      expect(names.length).toBeGreaterThan(12);
      expect(new Set(completions(shell, ''))).toEqual(new Set(names));
    });
  });
}

test('the levels that are completed are those of the configuration', () => {
  const levels = (logSchema.shape.level.unwrap().meta() as { readonly choices: readonly string[] }).choices;
  expect(completions('bash', 'start --log-level ')).toEqual(levels);
});

test('another shell is a wrong option', async () => {
  expect(await command(['completion', 'csh'])).toMatchObject({ code: 2, out: '' });
});
