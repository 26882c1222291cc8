import { createVitest, type Vitest } from 'vitest/node';

/** A mutant that makes a test wait for ever is noticed after this many milliseconds. */
const TEST_TIMEOUT_MS = 5_000;

/** Runs the tests that reach one file, again and again, in one Vitest. */
export class Runner {
  readonly #vitest: Vitest;

  private constructor(vitest: Vitest) {
    this.#vitest = vitest;
  }

  static async start(root: string, projects: readonly string[]): Promise<Runner> {
    const vitest = await createVitest('test', {
      root,
      project: [...projects],
      watch: false,
      bail: 1,
      testTimeout: TEST_TIMEOUT_MS,
      hookTimeout: TEST_TIMEOUT_MS,
      reporters: [{}],
    });
    return new Runner(vitest);
  }

  /** Whether any of the tests that import the file fails now. */
  async notices(file: string): Promise<boolean> {
    const vitest = this.#vitest;
    vitest.invalidateFile(file);
    vitest.config.related = [file];
    for (const project of vitest.projects) project.config.related = [file];
    const tests = await vitest.getRelevantTestSpecifications();
    if (tests.length === 0) return false;
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications(tests, false);
    return unhandledErrors.length > 0 || testModules.some((one) => !one.ok());
  }

  /** The file has its own text again. */
  restored(file: string): void {
    this.#vitest.invalidateFile(file);
  }

  async close(): Promise<void> {
    await this.#vitest.close();
  }
}
