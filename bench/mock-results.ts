import type { Series } from './results.ts';
import { median } from './results.ts';

export type MockCaseId = 'mock-chat' | 'mock-chat-stream' | 'mock-responses' | 'mock-responses-stream';

/** `bare` is `node:http` that reads the request and answers with fixed bytes: the least that a mock on it can cost. */
export type MockServerName = 'bare' | 'aimock' | 'llmproxy';

export type PerServer<T> = Partial<Record<MockServerName, T>>;

export interface MockResults {
  readonly at: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly cases: Partial<Record<MockCaseId, PerServer<Series>>>;
  /** Milliseconds from start to the first connection that is taken, one entry a start. */
  readonly ready: PerServer<number[]>;
  /** The most MiB that were ever resident, over all the load of the cases. */
  readonly peakMiB: PerServer<number>;
  /** A stream that is not read: its length, and what was resident more than before while it was open. */
  readonly unread: PerServer<{ readonly streamMiB: number; readonly residentMiB: number }>;
}

/** CPU in µs, median of the rounds; undefined where this machine cannot tell. */
export function cpuOf(results: MockResults, id: MockCaseId, server: MockServerName): number | undefined {
  const values = results.cases[id]?.[server]?.cpu ?? [];
  return values.length === 0 ? undefined : median(values);
}
