import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMISSIONS_FOLDER } from '../../mocks/server/emissions.ts';
import type { Emission } from '../../mocks/server/emissions.ts';
import { specificationIsThere } from '../conformance/judge.ts';
import type { TestProject } from 'vitest/node';
import { readCovered } from '../../tools/fidelity/covered.ts';
import { coveredBy, scopeOf, staleness, type Scope } from './covered-emissions.ts';
import type { Verdict } from './judge-emissions.ts';
import { EmissionJudge } from './judge-emissions.ts';

/** Environment variable: a file into which a run writes what it covered. */
const COVERAGE_FILE = 'LLMPROXY_TEST_COVERAGE';

function judgeFolder(folder: string): Verdict {
  const judge = new EmissionJudge();
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (line !== '') judge.take(JSON.parse(line) as Emission);
    }
  }
  return judge.verdict;
}

function report(verdict: Verdict, scope: Scope): void {
  const { judged, faults } = verdict;
  const covered = coveredBy(verdict);
  const file = process.env[COVERAGE_FILE];
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(covered, undefined, 2)}\n`);
  const stale = file === undefined ? staleness(readCovered(), covered, scope) : [];
  if (stale.length > 0) {
    process.exitCode = 1;
    console.error(`tests/conformance/covered.json is not what this run emitted:\n  ${stale.join('\n  ')}`);
    console.error(`${COVERAGE_FILE}=tests/conformance/covered.json with a whole conformance run writes it anew.`);
  }
  if (faults.length === 0) {
    console.log(`All ${judged} bodies and events that the mock made fit the specification.`);
    return;
  }
  process.exitCode = 1;
  console.error(`Of ${judged} bodies and events that the mock made, these do not fit the specification:`);
  for (const fault of faults) console.error(`  ${fault}`);
}

/** Called for each project of a run, and acts once: everything that mocks answer in it is written down, and judged by the specification when the runner ends; a fault makes the run red. */
export function judgeEverythingEmitted(project: TestProject): void {
  if (!specificationIsThere || process.env[EMISSIONS_FOLDER] !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'llmproxy-emissions-'));
  process.env[EMISSIONS_FOLDER] = folder;
  // Before the temporary files of the run are removed.
  process.prependOnceListener('exit', () => {
    report(judgeFolder(folder), scopeOf(project.vitest));
    rmSync(folder, { recursive: true, force: true });
  });
}
