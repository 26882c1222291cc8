import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { TestValues } from './context.ts';
import { startLiveMeter, type MeteredEndpoint } from './live-meter.ts';
import { shareRedis } from './redis.ts';
import { startProxy } from './services.ts';

const CONFIG = fileURLToPath(new URL('../../llmproxy.integration.yaml', import.meta.url));
const GAP_MS = 300;
/** For the estimate: calls and tokens of a whole run of the system and conformance projects, rounded up. */
const ESTIMATE = { calls: 150, inputTokens: 60, outputTokens: 200 };

interface LiveEndpoint {
  readonly provider: string;
  readonly model: string;
  readonly base_url: string;
  readonly api_key: string;
  readonly price?: { readonly input: number; readonly output: number };
}

interface LiveConfig {
  readonly models: Readonly<Record<string, { readonly endpoints: readonly LiveEndpoint[] }>>;
}

export interface LivePlan {
  readonly config: LiveConfig;
  /** What cannot be tested, one sentence each. */
  readonly skipped: readonly string[];
  readonly estimateUsd: number;
}

/** Which models of the integration file have a key, what is skipped and why, and what the run will cost about. */
export function planLive(text: string, env: NodeJS.ProcessEnv): LivePlan {
  const google = env['GOOGLE_API_KEY'] || env['GEMINI_API_KEY'];
  const config = parse(substitute(text, { ...env, GOOGLE_API_KEY: google })) as LiveConfig;
  const skipped: string[] = [];
  const models: Record<string, { readonly endpoints: readonly LiveEndpoint[] }> = {};
  for (const [name, model] of Object.entries(config.models)) {
    const endpoints = model.endpoints.filter(({ api_key }) => api_key !== '');
    if (endpoints.length === 0) skipped.push(`${name}: none of its endpoints has a key in the environment.`);
    else models[name] = { ...model, endpoints };
  }
  const dearest = Math.max(0, ...priced(models).map(({ price }) => callUsd(price)));
  return { config: { ...config, models }, skipped, estimateUsd: dearest * ESTIMATE.calls };
}

/**
 * The live counterpart of the mocks: the proxy in front of real endpoints, everything metered. Without any key there is
 * nothing live: tests that want a real model skip, and what needs none runs against `standIn`.
 */
export async function startLive(
  running: { stop(): Promise<void> }[],
  standIn: () => Promise<TestValues>,
): Promise<TestValues> {
  const plan = planLive(readFileSync(CONFIG, 'utf8'), process.env);
  const maxUsd = Number(process.env['LLMPROXY_LIVE_MAX_USD'] ?? 0.5);
  const maxCalls = Number(process.env['LLMPROXY_LIVE_MAX_CALLS'] ?? 1_000);
  const liveModels = Object.keys(plan.config.models);
  for (const reason of plan.skipped) console.log(`live: skipped ${reason}`);
  if (liveModels.length === 0) {
    console.log(
      'live: no model of llmproxy.integration.yaml has a key; set OPENAI_API_KEY, for one. Nothing goes out.',
    );
    return { ...(await standIn()), live: true, mockUrls: [], liveModels, liveEndpoints: {} };
  }
  console.log(
    `live: about $${plan.estimateUsd.toFixed(4)} at most, capped at $${maxUsd.toFixed(2)} and ${maxCalls} calls.`,
  );
  const meter = await startLiveMeter({ endpoints: priced(plan.config.models), maxUsd, maxCalls, gapMs: GAP_MS });
  running.push({
    stop: async () => {
      await meter.stop();
      console.log(`live: ${meter.calls} calls went out and cost $${meter.spentUsd.toFixed(4)}.`);
    },
  });
  const redis = await shareRedis();
  running.push(redis);
  let index = 0;
  const models = Object.fromEntries(
    Object.entries(plan.config.models).map(([name, model]) => [
      name,
      { ...model, endpoints: model.endpoints.map((endpoint) => ({ ...endpoint, base_url: meter.baseUrl(index++) })) },
    ]),
  );
  const prefix = `llmproxy-live-${randomBytes(6).toString('hex')}`;
  const proxy = await startProxy({ config: { ...plan.config, redis: { url: redis.url, prefix }, models } });
  running.push(proxy);
  const liveEndpoints = Object.fromEntries(
    Object.entries(models).flatMap(
      ([
        name,
        {
          endpoints: [first],
        },
      ]) => (first === undefined ? [] : [[name, { model: first.model, baseUrl: first.base_url }]]),
    ),
  );
  return { redisUrl: redis.url, proxyUrl: proxy.url, mockUrls: [], live: true, liveModels, liveEndpoints };
}

function priced(models: LiveConfig['models']): MeteredEndpoint[] {
  return Object.values(models).flatMap(({ endpoints }) =>
    // Without a price the cap could not hold: then the dearest that a chat model costs today is taken.
    endpoints.map(({ base_url, price }) => ({ baseUrl: base_url, price: price ?? { input: 15, output: 120 } })),
  );
}

function callUsd(price: MeteredEndpoint['price']): number {
  return (ESTIMATE.inputTokens * price.input + ESTIMATE.outputTokens * price.output) / 1_000_000;
}

function substitute(text: string, env: NodeJS.ProcessEnv): string {
  return text.replaceAll(
    /\$\{(\w+)(?::-([^}]*))?\}/g,
    (_all, name: string, fallback?: string) => env[name] ?? fallback ?? '',
  );
}
