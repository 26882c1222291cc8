import { parseArgs } from 'node:util';
import { type Case, needsMessages } from './case.ts';
import { CASES } from './cases.ts';
import type { Measurement } from './figures/measurement.ts';
import { MEASUREMENTS } from './figures/table.ts';
import { MOCK_CASES } from './mock-cases.ts';

/** What the command line asks for. */
export interface Asked {
  readonly quick: boolean;
  /** A commit to compare with. */
  readonly against: string | undefined;
  /** Whether everything was asked for: the results are then written. */
  readonly all: boolean;
  readonly cases: readonly Case[];
  readonly measurements: readonly Measurement[];
  /** Undefined: nothing of the mock. Empty: everything. */
  readonly mock: readonly string[] | undefined;
  readonly autoPick: boolean;
}

/** Rounds, the share of the requests and of the connections of a full run, windows of a warm-up, and how long the proxy's part may take. */
export const SCALES = {
  quick: { rounds: 2, share: 0.04, connections: 0.25, windows: 3, minutes: 3 },
  full: { rounds: 5, share: 1, connections: 1, windows: 8, minutes: 40 },
} as const;

/** Reads the arguments; throws one sentence when they name something that does not exist. */
export function asked(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      alone: { type: 'boolean', default: false },
      against: { type: 'string' },
    },
  });
  const { quick, against } = values;
  const ids = values.only?.split(',');
  if (ids === undefined) {
    // An older commit may know no endpoints of Anthropic's API: cases that need them are named.
    const cases = against === undefined ? CASES : CASES.filter((one) => !needsMessages(one));
    return { quick, against, all: true, cases, measurements: MEASUREMENTS, mock: [], autoPick: false };
  }
  const known = [...CASES, ...MOCK_CASES].map(({ id }) => id as string);
  known.push('mock', 'auto-pick', ...MEASUREMENTS.map(({ name }) => name));
  const strangers = ids.filter((id) => !known.includes(id));
  if (strangers.length > 0) throw new Error(`--only ${strangers.join(',')}: known are ${known.join(', ')}`);
  const mock = ids.filter((id) => MOCK_CASES.some((one) => one.id === id));
  return {
    quick,
    against,
    all: false,
    cases: CASES.filter(({ id }) => ids.includes(id)).map(values.alone ? alone : (one) => one),
    measurements: MEASUREMENTS.filter(({ name }) => ids.includes(name)),
    mock: ids.includes('mock') ? [] : mock.length > 0 ? mock : undefined,
    autoPick: ids.includes('auto-pick'),
  };
}

const alone = (one: Case): Case => ({ ...one, servers: one.servers.filter((name) => name.startsWith('llmproxy')) });
