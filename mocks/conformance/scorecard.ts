import type { Check, Group, Outcome, Subject } from './check.ts';
import { cacheChecks } from './checks/cache.ts';
import { errorChecks } from './checks/errors.ts';
import { faultChecks } from './checks/faults.ts';
import { shapeChecks } from './checks/shapes.ts';
import { transportChecks } from './checks/transport.ts';

export interface ScoreRow {
  readonly id: string;
  readonly group: Group;
  readonly claim: string;
  readonly verdict: Outcome['verdict'];
  readonly detail?: string | undefined;
}

export interface GroupScore {
  readonly group: Group;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Scorecard {
  readonly target: string;
  readonly rows: readonly ScoreRow[];
  readonly groups: readonly GroupScore[];
  /** Share of the checks that passed, of those that applied: 0–100. */
  readonly score: number;
}

/** Everything that is checked, in order. */
export const CHECKS: readonly Check[] = [
  ...shapeChecks,
  ...errorChecks,
  ...cacheChecks,
  ...transportChecks,
  ...faultChecks,
];

export const GROUPS: readonly Group[] = [...new Set(CHECKS.map(({ group }) => group))];

async function rowOf(check: Check, subject: Subject): Promise<ScoreRow> {
  const { id, group, claim } = check;
  try {
    const { verdict, detail } = await check.run(subject);
    return { id, group, claim, verdict, detail };
  } catch (error) {
    return { id, group, claim, verdict: 'fail', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs the checks one after the other; `seen` is told each row at once. */
export async function score(
  subject: Subject,
  checks: readonly Check[] = CHECKS,
  seen: (row: ScoreRow) => void = () => {},
): Promise<Scorecard> {
  const rows: ScoreRow[] = [];
  for (const check of checks) {
    const row = await rowOf(check, subject);
    rows.push(row);
    seen(row);
  }
  const count = (verdict: Outcome['verdict'], group?: Group): number =>
    rows.filter((row) => row.verdict === verdict && (group === undefined || row.group === group)).length;
  const groups = [...new Set(rows.map(({ group }) => group))].map((group) => ({
    group,
    passed: count('pass', group),
    failed: count('fail', group),
    skipped: count('skip', group),
  }));
  const applied = count('pass') + count('fail');
  return {
    target: subject.baseURL,
    rows,
    groups,
    score: applied === 0 ? 0 : Math.floor((count('pass') / applied) * 1000) / 10,
  };
}

const SIGNS: Readonly<Record<Outcome['verdict'], string>> = { pass: 'ok  ', fail: 'FAIL', skip: '–   ' };

/** Characters of a row's verdict. */
export const SIGN_WIDTH = 4;

export function rowText({ verdict, id, claim, detail }: ScoreRow): string {
  const line = `${SIGNS[verdict]} ${id.padEnd(34)} ${claim}`;
  return detail === undefined ? line : `${line}\n     ${' '.repeat(34)} ${detail}`;
}

/** The totals as a table. */
export function totalsText({ target, groups, score: share }: Scorecard): string {
  const row = (cells: readonly (string | number)[]): string =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(12) : String(cell).padStart(8))).join('');
  return [
    row(['', 'passed', 'failed', 'skipped']),
    ...groups.map(({ group, passed, failed, skipped }) => row([group, passed, failed, skipped])),
    '',
    `${target}: ${share} % of what applies`,
  ].join('\n');
}
