import { onTestFinished } from 'vitest';
import { startMock, type JournalEntry, type Mock, type MockOptions } from '../../mocks/index.ts';
import { SEVEN_ROWS } from '../../proxy/auto/seven-rows.fixture.ts';
import type { App } from '../../proxy/index.ts';
import { startApp } from './bed.ts';

export type SevenModel = (typeof SEVEN_ROWS)[number][0];
export const SEVEN_MODELS: readonly SevenModel[] = SEVEN_ROWS.map(([model]) => model);

/** The section `catalog` with the seven models. */
export const SEVEN_CATALOG = Object.fromEntries(
  SEVEN_ROWS.map(([model, provider, quality, input, output, window, abilities]) => [
    model,
    {
      provider,
      quality,
      price: { input, output },
      context_window: window,
      tools: abilities.startsWith('t'),
      structured: abilities.includes('s'),
      vision: abilities.endsWith('v'),
    },
  ]),
);

export interface AutoBedOptions {
  readonly mock?: Omit<MockOptions, 'port'>;
  /** Sections of the configuration. */
  readonly config?: object;
  /** Fields of every endpoint. */
  readonly endpoint?: object | ((mock: Mock) => object);
  /** Fields of every model. */
  readonly model?: object;
  /** Models beside the seven. */
  readonly moreModels?: (mocks: AutoBed['mocks']) => object;
}

/** A proxy in front of seven models, each at a mock of its own. */
export interface AutoBed {
  readonly app: App;
  readonly url: string;
  readonly mocks: Readonly<Record<SevenModel, Mock>>;
  /** Which models were called, in this order, and under which name: `o3` or, where the name is another one, `o3 as gpt-4o`. */
  called(): Promise<string[]>;
  /** What the mock of the model has seen. */
  requests(model: SevenModel): Promise<JournalEntry[]>;
  readonly log: readonly string[];
  /** Forgets what the mocks have seen, and their rules. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Closed when the test ends. */
export async function autoBed(options: AutoBedOptions = {}): Promise<AutoBed> {
  const bed = await startAutoBed(options);
  onTestFinished(() => bed.close());
  return bed;
}

export async function startAutoBed(options: AutoBedOptions = {}): Promise<AutoBed> {
  const started = await Promise.all(
    SEVEN_MODELS.map(async (model) => [model, await startMock({ strictness: 'off', ...options.mock })] as const),
  );
  const mocks = Object.fromEntries(started) as Record<SevenModel, Mock>;
  const models = Object.fromEntries(
    started.map(([model, mock]) => [
      model,
      {
        ...options.model,
        endpoints: [
          {
            provider: 'openai',
            name: 'a',
            base_url: mock.baseURL,
            api_key: `sk-of-${model}`,
            ...(typeof options.endpoint === 'function' ? options.endpoint(mock) : options.endpoint),
          },
        ],
      },
    ]),
  );
  const log: string[] = [];
  const app = await startApp(
    { catalog: SEVEN_CATALOG, ...options.config, models: { ...models, ...options.moreModels?.(mocks) } },
    (line) => log.push(line),
  );
  const requests = (model: SevenModel): Promise<JournalEntry[]> => mocks[model].requests();
  return {
    app,
    url: app.url,
    mocks,
    log,
    requests,
    reset: async () => {
      await Promise.all(started.map(([, mock]) => mock.reset()));
    },
    close: async () => {
      await app.close();
      await Promise.all(started.map(([, mock]) => mock.close()));
    },
    called: async () => {
      const all = await Promise.all(
        SEVEN_MODELS.map(async (model) => (await requests(model)).map((entry) => ({ model, entry }))),
      );
      return all
        .flat()
        .toSorted((a, b) => a.entry.at - b.entry.at)
        .map(({ model, entry }) => {
          const name = entry.model;
          return name === model ? model : `${model} as ${String(name)}`;
        });
    },
  };
}
