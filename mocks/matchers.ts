import { matchers } from './oracles/matchers/index.ts';

export { matchers };
export type { MatcherVerdict } from './oracles/matchers/index.ts';

/** The arguments of a matcher, and what an assertion with it returns. */
type Asserted<M> = M extends (received: unknown, ...expected: infer E) => unknown
  ? (...expected: E) => Promise<void>
  : never;

/** What `expect(mock)` can be asked. Types for vitest and jest come with an import of `llmproxy/vitest` or `llmproxy/jest`. */
export type MockAssertions = { readonly [K in keyof typeof matchers]: Asserted<(typeof matchers)[K]> };
