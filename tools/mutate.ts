// `npm run mutate -- --room proxy/pipeline`: makes small changes to the files of a room, one at a time, in a copy of the
// repository, and runs the unit tests that reach the changed file. A change that no test notices has survived. Prints the
// survivors and the score. `--file F` is one file, `--sample N` a fixed choice of N mutants, `--projects a,b` other tests.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Mutant, mutantsOf } from './mutation/operators.ts';
import { Runner } from './mutation/runner.ts';

const { values } = parseArgs({
  options: {
    room: { type: 'string' },
    file: { type: 'string' },
    sample: { type: 'string' },
    projects: { type: 'string', default: 'unit' },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const COPIED = ['proxy', 'mocks', 'tests', 'docs', 'bench', 'examples', 'tools', 'package.json', 'vitest.config.ts'];

interface Planned {
  readonly file: string;
  readonly mutant: Mutant;
}

function filesOf(): string[] {
  if (values.file !== undefined) return [relative(root, join(root, values.file))];
  if (values.room === undefined) throw new Error('say which part to change: --room proxy/pipeline, or --file FILE');
  return globSync(`${values.room}/**/*.ts`, { cwd: root })
    .filter((file) => !/\.(?:test|fixture|d)\.ts$/.test(file))
    .toSorted();
}

function planned(): Planned[] {
  const all = filesOf().flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return mutantsOf(file, text).map((mutant) => ({ file, mutant }));
  });
  const wanted = values.sample === undefined ? all.length : Number(values.sample);
  if (wanted >= all.length) return all;
  // Evenly over the files, and the same choice at each run.
  return Array.from({ length: wanted }, (_, index) => all[Math.floor((index * all.length) / wanted)] as Planned);
}

function copyOfRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'llmproxy-mutate-'));
  for (const name of COPIED) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes('node_modules') });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function placeOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

async function main(): Promise<void> {
  const mutants = planned();
  const copy = copyOfRepository();
  const runner = await Runner.start(copy, values.projects.split(','));
  const survivors: string[] = [];
  let done = 0;
  try {
    for (const { file, mutant } of mutants) {
      const path = join(copy, file);
      const text = readFileSync(path, 'utf8');
      writeFileSync(path, text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end));
      const noticed = await runner.notices(path);
      writeFileSync(path, text);
      runner.restored(path);
      done += 1;
      if (!noticed) {
        survivors.push(`${file}:${placeOf(text, mutant.start)}: ${mutant.operator}`);
        console.log(`survived  ${survivors.at(-1)}`);
      }
      if (done % 25 === 0) console.log(`${done} of ${mutants.length}, ${survivors.length} survived`);
    }
  } finally {
    await runner.close();
    rmSync(copy, { recursive: true, force: true });
  }
  const killed = done - survivors.length;
  console.log(`${killed} of ${done} mutants noticed: ${done === 0 ? 0 : Math.round((killed / done) * 1_000) / 10} %`);
}

await main();
// Workers that a mutant has left hanging do not keep the command.
process.exit();
