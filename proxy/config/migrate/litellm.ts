import { litellmEndpoint } from './litellm-endpoint.ts';
import { fallbacksInto } from './litellm-fallbacks.ts';
import type { Model } from './litellm-fallbacks.ts';
import { Members } from './members.ts';
import type { Remark } from './members.ts';
import { Secrets } from './secrets.ts';

type Section = Record<string, unknown>;

const STRATEGIES: Readonly<Record<string, string>> = {
  'simple-shuffle': 'weighted',
  'least-busy': 'least-busy',
  'latency-based-routing': 'fastest',
  'cost-based-routing': 'cheapest',
};

/** A name that takes all models of a provider is the one that takes every other model here. */
function nameHere(name: string): string {
  return name.endsWith('*') ? '*' : name;
}

function modelsOf(file: Members, secrets: Secrets): Record<string, Model> {
  const models: Record<string, Model> = {};
  file.list('model_list').forEach((value, index) => {
    const row = file.at(value, 'model_list', index);
    const name = row.text('model_name');
    const endpoint = name === undefined ? undefined : litellmEndpoint(name, row, secrets);
    if (name === undefined) row.remark('has no model_name; it is left out');
    if (name === undefined || endpoint === undefined) return;
    const model = (models[nameHere(name)] ??= { endpoints: [] });
    // Names tell the endpoints of one model apart.
    const taken = new Set(model.endpoints.map((other) => other['name']));
    if (endpoint['name'] !== undefined && taken.has(endpoint['name'])) delete endpoint['name'];
    model.endpoints.push(endpoint);
  });
  return models;
}

function aliasesInto(models: Record<string, Model>, router: Members): void {
  const aliases = router.inner('model_group_alias');
  for (const alias of aliases.names()) {
    const name = aliases.text(alias);
    const model = name === undefined ? undefined : models[name];
    if (model === undefined || name === undefined)
      aliases.remark('is an alias of a model that is not in the list', alias);
    else
      models[alias] = {
        endpoints: model.endpoints.map((endpoint) => ({ ...endpoint, model: endpoint['model'] ?? name })),
      };
  }
}

/** The first of the sections that has the number decides. */
function numberOf(sections: readonly Members[], ...names: readonly string[]): number | undefined {
  const found = sections.flatMap((section) => names.map((name) => section.number(name)));
  return found.find((number) => number !== undefined);
}

function between(least: number, number: number | undefined, most: number): number | undefined {
  return number === undefined ? undefined : Math.min(most, Math.max(least, Math.round(number)));
}

/** Attempts, timeouts and ejection, which may stand in two sections; the router's go first. */
function routingOf(sections: readonly Members[]): Section {
  const retries = numberOf(sections, 'num_retries');
  const cooldown = numberOf(sections, 'cooldown_time');
  const total = numberOf(sections, 'timeout', 'request_timeout');
  const drops = sections.map((section) => section.flag('drop_params')).find((flag) => flag !== undefined);
  const routing = {
    attempts: between(1, retries === undefined ? undefined : retries + 1, 100),
    allowed_fails: between(1, numberOf(sections, 'allowed_fails'), 1_000),
    cooldown: cooldown === undefined || cooldown <= 0 ? undefined : seconds(cooldown),
    translation: drops === undefined ? undefined : drops ? 'lenient' : 'strict',
    timeouts: total === undefined || total <= 0 ? undefined : { total: seconds(total) },
  };
  return Object.fromEntries(Object.entries(routing).filter(([, value]) => value !== undefined));
}

function seconds(count: number): string {
  return `${Math.max(1, Math.round(count * 1_000))}ms`.replace(/^(\d+)000ms$/, '$1s');
}

/** `redis://:${PASSWORD}@host:port`, out of what names a Redis in that section. */
function redisUrl(section: Members, prefix: string, secrets: Secrets): string | undefined {
  const url = section.text(`${prefix}url`);
  const host = section.text(`${prefix}host`);
  const port = section.take(`${prefix}port`);
  const password = section.text(`${prefix}password`);
  if (url !== undefined) return secrets.reference(url, 'REDIS_URL', section, `${prefix}url`);
  if (host === undefined) return undefined;
  const at =
    password === undefined ? '' : `:${secrets.reference(password, 'REDIS_PASSWORD', section, `${prefix}password`)}@`;
  const portText = typeof port === 'number' || typeof port === 'string' ? secrets.text(String(port)) : '6379';
  return `redis://${at}${secrets.text(host)}:${portText}`;
}

function cacheOf(settings: Members, secrets: Secrets): { cache: Section; redis: string | undefined } {
  const params = settings.inner('cache_params');
  // A proxy of LiteLLM keeps no answers unless it is told to.
  if (settings.flag('cache') !== true) return { cache: { enabled: false }, redis: redisUrl(params, '', secrets) };
  const type = params.text('type') ?? 'redis';
  if (type !== 'redis' && type !== 'local')
    params.remark(`is ${type}: equal requests alone are answered from the cache here`, 'type');
  const ttl = params.number('ttl');
  const namespace = params.text('namespace');
  const cache = {
    ...(ttl === undefined ? {} : { ttl: seconds(ttl) }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  const named = redisUrl(params, '', secrets);
  return { cache, redis: named ?? (type === 'redis' ? '${REDIS_URL:-}' : undefined) };
}

function operatorsOf(general: Members, secrets: Secrets): Section {
  const token = general.text('master_key');
  const database = general.text('database_url');
  if (database !== undefined) {
    general.remark(
      'is taken over, the virtual keys in it are not: create them anew (llmproxy keys create)',
      'database_url',
    );
  }
  return {
    ...(token === undefined
      ? {}
      : { auth: { admin_token: secrets.reference(token, 'LLMPROXY_ADMIN_TOKEN', general, 'master_key') } }),
    ...(database === undefined
      ? {}
      : { database: { url: secrets.reference(database, 'LLMPROXY_DATABASE_URL', general, 'database_url') } }),
  };
}

/** The configuration that does here what a file of LiteLLM's proxy says. */
export function fromLitellm(value: unknown, remarks: Remark[]): Section {
  const file = new Members(value, [], remarks);
  const secrets = new Secrets();
  const router = file.inner('router_settings');
  const settings = file.inner('litellm_settings');
  const general = file.inner('general_settings');
  const models = modelsOf(file, secrets);
  const strategy = router.text('routing_strategy');
  const ours = strategy === undefined ? undefined : STRATEGIES[strategy];
  if (strategy !== undefined && ours === undefined) router.remark(NO_STRATEGY, 'routing_strategy');
  for (const [name, model] of Object.entries(models)) {
    if (ours !== undefined && ours !== 'weighted') models[name] = { strategy: ours, ...model };
  }
  aliasesInto(models, router);
  for (const section of [router, settings]) fallbacksInto(models, section);
  const { cache, redis } = cacheOf(settings, secrets);
  const shared = redisUrl(router, 'redis_', secrets) ?? redis;
  const routing = routingOf([router, settings, general]);
  const whole = {
    ...operatorsOf(general, secrets),
    ...(shared === undefined ? {} : { redis: { url: shared } }),
    ...(Object.keys(cache).length === 0 ? {} : { cache }),
    ...(Object.keys(routing).length === 0 ? {} : { routing }),
    models,
  };
  file.end();
  return whole;
}

const NO_STRATEGY = 'has no equal here; requests are shared by weight (strategy: weighted)';
