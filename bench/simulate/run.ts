// Plays a fleet in virtual time, or says what a load takes:
//   node bench/simulate/run.ts --scenario outage --endpoints 500 --replicas 200 --requests 1000000 --seed 1 [--write]
//   node bench/simulate/run.ts --plan --rps 5000 --streams 0.5 --memory-hits 0.1 --redis-hits 0.1 …
// `--write` keeps the figures in results/simulate.json, `--tables` prints what is kept there, `--check` compares the plan
// with rows of `npm run bench`, `--measure` takes those over and measures what they lack (results/plan-rows.json; needs Linux).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { benchRows, checkedRows, PLAN_ROWS, readRows, type Rows } from './measured.ts';
import { measureMemory } from './memory-rows.ts';
import { readCommand } from './options.ts';
import { planFor } from './plan.ts';
import { measureRedis } from './redis-rows.ts';
import { number, percent, renderFigures, renderPlan, renderRun, type Run } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { simulate } from './simulate.ts';

const KEPT = new URL('../results/simulate.json', import.meta.url);
/** Answers that a Redis and the memory are filled with. */
const [ENTRIES, CACHE_MIB] = [50_000, 256];

function kept(): readonly Run[] {
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Run[]) : [];
}

/** The runs in the order of the scenarios, the small ones first; a run takes the place of the one before of its size. */
function keep(run: Run): void {
  const keyOf = ({ scenario, figures: { size } }: Run): string => JSON.stringify([scenario, size]);
  const place = ({ scenario, figures: { size } }: Run): number =>
    Object.keys(SCENARIOS).indexOf(scenario) + size.requests / 1e9;
  const runs = [...kept().filter((other) => keyOf(other) !== keyOf(run)), run];
  const ordered = runs.toSorted((one, other) => place(one) - place(other));
  writeFileSync(KEPT, `${JSON.stringify(ordered, undefined, 2)}\n`);
}

function renderChecks(): string {
  const rows = checkedRows(readRows()).map(
    ({ id, predicted, measured }) =>
      `| \`${id}\` | ${number(predicted)} | ${number(measured)} | ${percent(measured / predicted, 0)} |`,
  );
  return ['| row | by the plan | measured | |', '|---|--:|--:|--:|', ...rows].join('\n');
}

async function measured(): Promise<string> {
  const redis = await measureRedis(ENTRIES);
  const memory = await measureMemory(CACHE_MIB);
  const rows: Rows = { at: new Date().toISOString(), ...redis, ...memory, bench: benchRows() };
  const text = `${JSON.stringify(rows, undefined, 2)}\n`;
  writeFileSync(PLAN_ROWS, text);
  return text;
}

const { kind, simulation, load, write } = readCommand(process.argv.slice(2));
switch (kind) {
  case 'plan':
    console.log(renderPlan(load, planFor(load, readRows())));
    break;
  case 'tables':
    console.log(renderFigures(kept()));
    break;
  case 'check':
    console.log(renderChecks());
    break;
  case 'measure':
    console.log(await measured());
    break;
  case 'simulate': {
    const run = { scenario: simulation.scenario, figures: await simulate(simulation) };
    console.log(renderRun(run));
    if (write) keep(run);
  }
}
