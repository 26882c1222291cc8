import { AssertionError } from 'node:assert';
import { after, before, beforeEach } from 'node:test';
import type { Fleet, Mock, MockControl, MockOptions } from './index.ts';
import { startMock } from './index.ts';
import type { MockAssertions } from './matchers.ts';
import { matchers } from './matchers.ts';
import { clientEnvironment, replaceEnvironment, tenantOf } from './runner-environment.ts';

/** The tenant of the shared mock that this test file is, under `node --import llmproxy/node-test/setup --test`. */
export function mock(): MockControl {
  return tenantOf(process.env, 'run node with --import llmproxy/node-test/setup');
}

/**
 * A mock for the tests of this file or suite (`node:test`): started before them, reset before each, closed after the last one.
 * `OPENAI_BASE_URL` and `OPENAI_API_KEY` point at it meanwhile. The returned function gives it, inside of tests.
 */
export function useMock(options: MockOptions = {}): () => Mock {
  let started: Mock | undefined;
  let restore = (): unknown => undefined;
  before(async () => {
    started = await startMock(options);
    const previous = replaceEnvironment(clientEnvironment(started));
    restore = () => replaceEnvironment(previous);
  });
  beforeEach(() => started?.reset());
  after(async () => {
    restore();
    await started?.close();
  });
  return () => {
    if (started === undefined)
      throw new Error('the mock is only there while tests run; call useMock() outside of them');
    return started;
  };
}

type Matcher = (
  received: unknown,
  ...expected: readonly unknown[]
) => Promise<{ readonly pass: boolean; readonly message: () => string }>;

function assertions(received: unknown, negated: boolean): MockAssertions {
  const made = Object.entries(matchers).map(([name, matcher]) => {
    const assertion = async (...expected: readonly unknown[]): Promise<void> => {
      const { pass, message } = await (matcher as Matcher)(received, ...expected);
      if (pass === negated) throw new AssertionError({ message: message(), operator: name, stackStartFn: assertion });
    };
    return [name, assertion] as const;
  });
  return Object.fromEntries(made) as unknown as MockAssertions;
}

/** The matchers without a test runner: `await expectMock(mock).toHaveReceived({ path: '/v1/responses' })`. Throws `AssertionError`. */
export function expectMock(mock: MockControl | Fleet): MockAssertions & { readonly not: MockAssertions } {
  return { ...assertions(mock, false), not: assertions(mock, true) };
}
