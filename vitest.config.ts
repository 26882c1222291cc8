import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['proxy/**/*.test.ts', 'mocks/**/*.test.ts'] } },
      { test: { name: 'house', include: ['tests/house/**/*.test.ts', 'tests/types/**/*.test.ts'] } },
    ],
  },
});
