/** The clock of a mock that was started with `clock: 'virtual'`. Times are epoch milliseconds. */
export interface MockClock {
  now(): Promise<number>;
  /** Moves on by `ms`; what is due on the way happens in order. Resolves with how many timers were due. */
  advance(ms: number): Promise<number>;
  /** Moves on until nothing waits. */
  runAll(): Promise<number>;
  /** Jumps to a time: forwards as `advance` does, backwards without anything happening. */
  set(time: number | Date): Promise<number>;
  /** Resolves when at least `count` (default 1) answers, stalls or jobs wait for the clock: then what was sent before has arrived. */
  waiting(count?: number): Promise<void>;
}

type Call = (method: string, name: string, body?: unknown) => Promise<unknown>;

interface ClockAnswer {
  readonly now: number;
  readonly ran: number;
}

/** The clock over the control API. */
export function clockOver(call: Call): MockClock {
  const moved = async (how: object): Promise<number> => ((await call('POST', 'clock', how)) as ClockAnswer).ran;
  return {
    now: async () => ((await call('GET', 'clock')) as ClockAnswer).now,
    advance: async (ms) => moved({ advance: ms }),
    runAll: async () => moved({ runAll: true }),
    set: async (time) => moved({ set: Number(time) }),
    async waiting(count = 1) {
      await moved({ waiting: count });
    },
  };
}
