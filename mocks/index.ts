import { startChild } from './server/child.ts';
import { Commons } from './server/commons.ts';
import type { MockControl } from './server/control-client.ts';
import { callControl, controlOf } from './server/control-client.ts';
import { MockServer } from './server/server.ts';
import type { ServerOptions } from './server/settings.ts';
import type { JournalEntry } from './journal/entry.ts';

export type { JournalEntry, JournalFilter } from './journal/entry.ts';
export type { ScriptedAnswer } from './generation/script.ts';
export type { AnswerRule } from './rules/answer.ts';
export type { Fault, FaultKind, FaultRule, NamedFaultInput } from './rules/fault.ts';
export { FAULT_CATALOGUE } from './rules/faults/catalogue.ts';
export type { CatalogueEntry, FaultName } from './rules/faults/catalogue.ts';
export type { Match } from './rules/match.ts';
export type { Pace } from './rules/pace.ts';
export type { LimitReport } from './limits/limiter.ts';
export type { LimitSettings } from './limits/settings.ts';
export type { Strictness, StrictnessByKey, StrictnessSetting } from './strictness/index.ts';
export type { MockControl } from './server/control-client.ts';

export interface MockOptions extends ServerOptions {
  /** `child`: in a process of its own, which ends with this one. Default `same`. */
  readonly process?: 'same' | 'child' | undefined;
}

/** A mock that was started here. */
export interface Mock extends MockControl {
  /** Of the process it runs in. */
  readonly pid: number;
}

export interface Fleet {
  readonly mocks: readonly Mock[];
  /** Of all of them, by time; of a mock that was closed, what it had seen until then. */
  requests(): Promise<JournalEntry[]>;
  /** Requests that each has seen, by port; 0 is in it. */
  counts(): Promise<Record<number, number>>;
  reset(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts one mock provider, on a free port unless one is given. Rejects when the port is taken. */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  return startOne(options);
}

async function startOne(options: MockOptions, commons?: Commons): Promise<Mock> {
  if (options.process === 'child') {
    const child = await startChild(1, options);
    return { ...controlOf(child.ready.url, () => child.stop()), pid: child.ready.pid };
  }
  const server = await MockServer.start(options, { commons });
  return { ...controlOf(server.url, () => server.close()), pid: process.pid };
}

/** The handle of a mock that runs already, at its `url` (with or without `/v1`). */
export function connectMock(url: string): MockControl {
  return controlOf(url, async () => {});
}

/** Starts `count` mocks on free ports; with `process: 'child'` they share one process. */
export async function startFleet(count: number, options: Omit<MockOptions, 'port'> = {}): Promise<Fleet> {
  if (options.process === 'child') {
    const child = await startChild(count, options);
    const mocks = child.ready.servers.map(({ url }) => ({
      ...controlOf(url, async () => void (await callControl(url, 'POST', 'stop'))),
      pid: child.ready.pid,
    }));
    return fleetOf(mocks, () => child.stop());
  }
  const commons = new Commons();
  const mocks = await Promise.all(Array.from({ length: count }, () => startOne(options, commons)));
  return fleetOf(mocks, async () => void (await Promise.all(mocks.map((mock) => mock.close()))));
}

function fleetOf(started: readonly Mock[], close: () => Promise<void>): Fleet {
  const members = started.map(rememberingMock);
  const journals = async (): Promise<JournalEntry[][]> => Promise.all(members.map(({ journal }) => journal()));
  const mocks = members.map(({ mock }) => mock);
  return {
    mocks,
    async requests() {
      return (await journals()).flat().toSorted((a, b) => a.at - b.at);
    },
    async counts() {
      const all = await journals();
      return Object.fromEntries(mocks.map((mock, index) => [mock.port, all[index]?.length ?? 0]));
    },
    async reset() {
      await Promise.all(members.map(({ reset }) => reset()));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Member {
  readonly mock: Mock;
  readonly journal: () => Promise<JournalEntry[]>;
  readonly reset: () => Promise<void>;
}

/** A mock whose journal the fleet still knows after that one mock was closed. */
function rememberingMock(started: Mock): Member {
  let last: JournalEntry[] | undefined;
  const close = async (): Promise<void> => {
    last ??= await started.requests();
    await started.close();
  };
  return {
    mock: { ...started, close, [Symbol.asyncDispose]: close },
    journal: async () => last ?? started.requests(),
    async reset() {
      if (last === undefined) await started.reset();
      else last = [];
    },
  };
}
