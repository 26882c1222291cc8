import { defineConfig } from 'vitest/config';

/** Loaded before every test file: no socket to anywhere but the loopback. */
const setupFiles = ['tests/setup/loopback-only.ts', 'tests/setup/nock-guard.ts'];
const system = 'tests/setup/system.ts';

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['proxy/**/*.test.ts', 'mocks/**/*.test.ts'],
          globalSetup: 'tests/setup/unit.ts',
          setupFiles,
        },
      },
      {
        test: {
          name: 'house',
          include: ['tests/house/**/*.test.ts', 'tests/types/**/*.test.ts'],
          setupFiles,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['tests/conformance/**/*.test.ts'],
          globalSetup: system,
          setupFiles,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['tests/system/**/*.test.ts', 'tests/regressions/**/*.test.ts'],
          globalSetup: system,
          setupFiles,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
