import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Loaded before every test file: no socket to anywhere but the loopback. */
const guard = 'tests/setup/loopback-only.ts';
/** Unit tests alone: nock's interceptors stand between client and socket, and what an abort does to a socket matters elsewhere. */
const nockGuard = 'tests/setup/nock-guard.ts';
const system = 'tests/setup/system.ts';
/** `expect.poll` ends when the thing is seen; the limit is for machines that are busy with something else. */
const expect = { poll: { timeout: 10_000, interval: 20 } };

/** No module keeps state of its own (a rule of the house), so test files may share a worker and what it has loaded. */
const isolate = false;

/** Two at least: most tests wait for other processes, and one at a time takes twice as long on two cores. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    passWithNoTests: true,
    maxWorkers,
    projects: [
      {
        test: {
          name: 'unit',
          isolate,
          include: ['proxy/**/*.test.ts', 'mocks/**/*.test.ts'],
          globalSetup: 'tests/setup/unit.ts',
          setupFiles: [guard, nockGuard],
          expect,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'house',
          isolate,
          include: ['tests/house/**/*.test.ts', 'tests/types/**/*.test.ts'],
          setupFiles: [guard],
          expect,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'conformance',
          isolate,
          include: ['tests/conformance/**/*.test.ts'],
          globalSetup: system,
          setupFiles: [guard],
          expect,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          isolate,
          include: ['tests/system/**/*.test.ts', 'tests/regressions/**/*.test.ts', 'tests/live/**/*.test.ts'],
          globalSetup: system,
          setupFiles: [guard],
          expect,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'dashboard',
          isolate,
          include: ['tests/dashboard/**/*.test.ts'],
          globalSetup: 'tests/setup/clean.ts',
          setupFiles: [guard],
          expect,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
