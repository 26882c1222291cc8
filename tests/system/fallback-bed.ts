import { onTestFinished } from 'vitest';
import { type FaultRule, type Mock, startMock } from '../../mocks/index.ts';
import { startApp } from './bed.ts';

export const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'] as const;
export type Name = (typeof NAMES)[number];

export interface FallbackBed {
  readonly url: string;
  readonly mocks: Readonly<Record<Name, Mock>>;
  readonly log: readonly string[];
  /** Names under which the models were called, in this order; `two as other` where the endpoint has another name for it. */
  called(): Promise<string[]>;
  /** Every request of these models fails so. */
  fail(fault: FaultRule['fault'], ...names: readonly Name[]): Promise<void>;
}

/** A proxy in front of models of these names, each with one endpoint at a mock of its own. Closed when the test ends. */
export async function fallbackBed(
  models: Partial<Record<Name, object>>,
  { config = {}, endpoint = {} }: { readonly config?: object; readonly endpoint?: Partial<Record<Name, object>> } = {},
): Promise<FallbackBed> {
  const started = await Promise.all(NAMES.map(async (name) => [name, await startMock({ strictness: 'off' })] as const));
  const mocks = Object.fromEntries(started) as Record<Name, Mock>;
  const configured = started.map(([name, { baseURL }]) => {
    const at = { provider: 'openai', name: 'a', base_url: baseURL, api_key: `sk-of-${name}`, ...endpoint[name] };
    return [name, { routing: { allowed_fails: 1_000 }, ...models[name], endpoints: [at] }] as const;
  });
  const log: string[] = [];
  const app = await startApp({ ...config, models: Object.fromEntries(configured) }, (line) => log.push(line));
  onTestFinished(async () => {
    await app.close();
    await Promise.all(started.map(([, mock]) => mock.close()));
  });
  return {
    url: app.url,
    mocks,
    log,
    called: async () => {
      const all = await Promise.all(
        started.map(async ([name, mock]) => (await mock.requests()).map((entry) => ({ name, entry }))),
      );
      return all
        .flat()
        .toSorted((a, b) => a.entry.at - b.entry.at)
        .map(({ name, entry }) => (entry.model === name ? name : `${name} as ${String(entry.model)}`));
    },
    fail: async (fault, ...names) => {
      await Promise.all(names.map((name) => mocks[name].fault({ fault })));
    },
  };
}
