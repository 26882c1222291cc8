import type { FaultRule } from '../../rules/fault.ts';
import { rateAt } from '../../rules/fault.ts';

/** Options of one server about what goes wrong from the start. */
export interface FaultOptions {
  /** Faults by name (`cut;after=3`), or whole rules. They are back after a reset. Default: none. */
  readonly faults?: readonly (string | FaultRule)[] | undefined;
  /** Of all requests, the share that meets one of the faults given by name: 0–1. Default 1. With a seed the same ones every time. */
  readonly faultRate?: number | undefined;
  /** API keys whose every request meets a fault: `{ 'sk-slow': 'stall' }`. */
  readonly faultKeys?: Readonly<Record<string, string>> | undefined;
}

export const FAULT_USAGE = `  --fault NAME           answers meet this fault, e.g. "cut;after=3"; may be repeated; or a whole rule as JSON
  --fault-rate N         share of requests that meet one of them, 0 to 1; default 1
  --fault-key KEY=NAME   requests with this API key meet this fault; may be repeated
`;

export const FAULT_FLAGS = {
  fault: { type: 'string', multiple: true },
  'fault-rate': { type: 'string' },
  'fault-key': { type: 'string', multiple: true },
} as const;

interface FaultFlags {
  readonly fault?: readonly string[] | undefined;
  readonly 'fault-rate'?: string | undefined;
  readonly 'fault-key'?: readonly string[] | undefined;
}

function ruleOf(text: string): string | FaultRule {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as FaultRule;
  } catch (error) {
    throw new Error(`--fault: expected the name of a fault, or a rule as JSON, found "${text}"`, { cause: error });
  }
}

function keyOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Error(`--fault-key: expected KEY=NAME, found "${text}"`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** Throws an error whose message names the option, what was expected and what was found. */
export function parseFaultFlags(flags: FaultFlags): FaultOptions {
  const { fault, 'fault-rate': rate, 'fault-key': keys } = flags;
  return {
    ...(fault && { faults: fault.map(ruleOf) }),
    ...(rate !== undefined && { faultRate: rateAt(rate.trim() === '' ? rate : Number(rate), '--fault-rate') }),
    ...(keys && { faultKeys: Object.fromEntries(keys.map(keyOf)) }),
  };
}

/** A regular expression has no JSON: it travels as source and flags. */
function portable(_name: string, value: unknown): unknown {
  return value instanceof RegExp ? { regex: value.source, flags: value.flags } : value;
}

/** The options as arguments of the command line. */
export function faultArguments({ faults = [], faultRate, faultKeys = {} }: FaultOptions): readonly string[] {
  return [
    ...faults.map((fault) => `--fault=${typeof fault === 'string' ? fault : JSON.stringify(fault, portable)}`),
    ...(faultRate === undefined ? [] : [`--fault-rate=${faultRate}`]),
    ...Object.entries(faultKeys).map(([key, fault]) => `--fault-key=${key}=${fault}`),
  ];
}
