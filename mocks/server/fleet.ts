import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import { distributionOf } from '../journal/statistics.ts';
import type { Distribution } from '../journal/statistics.ts';
import type { ScriptInput } from '../rules/script/types.ts';
import type { MockControl } from './control-client.ts';
import type { MockClock } from './mock-clock.ts';

/** A mock that was started here. */
export interface Mock extends MockControl {
  /** Of the process it runs in. */
  readonly pid: number;
  /** Of a mock that speaks TLS: its certificate (PEM), which is its own authority. */
  readonly certificate?: string | undefined;
  /** Where the certificate lies while the mock runs. */
  readonly certificateFile?: string | undefined;
  /** What its control API wants, if anything: given, or made because it listens beyond the loopback. */
  readonly controlToken: string | undefined;
}

export interface StatisticsOptions extends JournalFilter {
  /** What each server should have got, in proportion; default the same. */
  readonly weights?: readonly number[];
}

/** All mocks of a fleet at once, for one tenant or for requests that name none. */
export interface FleetView {
  readonly mocks: readonly MockControl[];
  /** Of all of them, in the order in which they came; of a mock that was closed, what it had seen until then. */
  requests(filter?: JournalFilter): Promise<JournalEntry[]>;
  /** Requests that each has seen, by port; 0 is in it. */
  counts(): Promise<Record<number, number>>;
  /** How requests were spread: counts, shares, the sequence (`AABACAA`), and whether chance would do that. */
  statistics(options?: StatisticsOptions): Promise<Distribution>;
  /** Gives all of them a script; each keeps its own counts and states. */
  script(script: ScriptInput | null): Promise<void>;
  /** One clock for all of them, when they were started with `clock: 'virtual'`. */
  readonly clock: MockClock;
  reset(): Promise<void>;
}

export interface Fleet extends FleetView {
  readonly mocks: readonly Mock[];
  /** The same fleet for one tenant. */
  tenant(name: string): FleetView;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One mock of a fleet for one tenant, whose journal is still known when it was closed. */
class Member<T extends MockControl> {
  readonly control: T;
  #last: JournalEntry[] | undefined;

  constructor(control: T) {
    this.control = control;
  }

  get closed(): boolean {
    return this.#last !== undefined;
  }

  async journal(): Promise<JournalEntry[]> {
    return this.#last ?? this.control.requests();
  }

  async remember(): Promise<void> {
    this.#last ??= await this.control.requests();
  }

  async reset(): Promise<void> {
    if (this.#last === undefined) await this.control.reset();
    else this.#last = [];
  }
}

const FILTERS: { readonly [name in keyof JournalFilter]-?: (entry: JournalEntry, wanted: never) => boolean } = {
  path: (entry, wanted) => entry.path === wanted,
  model: (entry, wanted) => entry.model === wanted,
  operation: (entry, wanted) => entry.operation === wanted,
  since: (entry, wanted) => entry.at >= wanted,
};

function fits(entry: JournalEntry, filter: JournalFilter): boolean {
  const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
  return wanted.every(([name, value]) => FILTERS[name as keyof JournalFilter](entry, value as never));
}

function viewOf(members: readonly Member<MockControl>[]): FleetView {
  const open = (): Member<MockControl>[] => members.filter(({ closed }) => !closed);
  const clock = (): MockClock => {
    const [first] = open();
    if (first === undefined) throw new Error('cannot move the clock of the fleet: all of its mocks are closed');
    return first.control.clock;
  };
  const requests = async (filter: JournalFilter = {}): Promise<JournalEntry[]> => {
    const journals = await Promise.all(members.map((member) => member.journal()));
    return journals
      .flat()
      .filter((entry) => fits(entry, filter))
      .toSorted((a, b) => a.sequence - b.sequence);
  };
  const ports = members.map(({ control }) => control.port);
  return {
    mocks: members.map(({ control }) => control),
    requests,
    async counts() {
      const { members: shares } = distributionOf(await requests(), ports);
      return Object.fromEntries(shares.map(({ port, count }) => [port, count]));
    },
    async statistics({ weights, ...filter } = {}) {
      return distributionOf(await requests(filter), ports, weights);
    },
    async script(script) {
      await Promise.all(open().map(({ control }) => control.script(script)));
    },
    clock: {
      now: async () => clock().now(),
      advance: async (ms) => clock().advance(ms),
      runAll: async () => clock().runAll(),
      set: async (time) => clock().set(time),
      waiting: async (count) => clock().waiting(count),
    },
    async reset() {
      await Promise.all(members.map((member) => member.reset()));
    },
  };
}

/** The handle of mocks that belong together; `close` ends all of them. */
export function fleetOf(started: readonly Mock[], close: () => Promise<void>): Fleet {
  const tenants = new Map<string, readonly Member<MockControl>[]>();
  const members = started.map((mock, place) => {
    // The tenants' journals go with the mock, so they are read before.
    const shut = async (): Promise<void> => {
      const all = [member, ...[...tenants.values()].map((ofTenant) => ofTenant[place])];
      await Promise.all(all.map(async (one) => one?.remember()));
      await mock.close();
    };
    const member: Member<Mock> = new Member({ ...mock, close: shut, [Symbol.asyncDispose]: shut });
    return member;
  });
  return {
    ...viewOf(members),
    mocks: members.map(({ control }) => control),
    tenant(name) {
      const known = tenants.get(name);
      const ofTenant = known ?? started.map((mock) => new Member<MockControl>(mock.tenant(name)));
      tenants.set(name, ofTenant);
      return viewOf(ofTenant);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
