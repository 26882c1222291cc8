import { providerRow } from '../../core/provider-rows.ts';
import type { ConfiguredProvider } from '../../core/provider-rows.ts';
import { ourProvider } from '../other-tools.ts';
import { Members } from './members.ts';
import type { Remark } from './members.ts';
import { keyVariable, Secrets } from './secrets.ts';

type Section = Record<string, unknown>;

const PROVIDERS: Readonly<Record<string, ConfiguredProvider>> = {
  'azure-openai': 'azure',
  'together-ai': 'together',
  'fireworks-ai': 'fireworks',
};

/** `openai`, or `@openai-prod` and `openai-prod-1a2b`, whose beginning names the provider as a rule. */
function providerOf(target: Members): { readonly provider: ConfiguredProvider; readonly slug?: string } | undefined {
  const named = target.text('provider');
  const slug = target.text('virtual_key') ?? (named?.startsWith('@') === true ? named.slice(1) : undefined);
  const candidates = [named?.replace(/^@/, ''), slug, slug?.split('-')[0]].filter((one) => one !== undefined);
  const known = candidates.map((one) => PROVIDERS[one] ?? ourProvider(one)).find((one) => one !== undefined);
  if (known === undefined) return undefined;
  return { provider: known, ...(slug === undefined ? {} : { slug }) };
}

function azureOf(target: Members): Section {
  const [resource, deployment, version] = ['azure_resource_name', 'azure_deployment_id', 'azure_api_version'].map(
    (name) => target.text(name),
  );
  return {
    base_url: resource === undefined ? undefined : `https://${resource}.openai.azure.com`,
    model: deployment,
    api_version: version,
  };
}

function keyOf(
  provider: ConfiguredProvider,
  slug: string | undefined,
  target: Members,
  secrets: Secrets,
): string | undefined {
  const key = target.text('api_key');
  if (key !== undefined) return secrets.reference(key, keyVariable(provider), target, 'api_key');
  if (slug === undefined) return providerRow(provider).needsKey ? `\${${keyVariable(provider)}}` : undefined;
  const name = slug.toUpperCase().replaceAll(/\W+/g, '_');
  target.remark(`stands for a key that Portkey keeps; set the variable ${name} to that key`);
  return `\${${name}}`;
}

function endpointOf(target: Members, secrets: Secrets): Section | undefined {
  const found = providerOf(target);
  if (found === undefined) {
    target.remark('names no provider that is known here; the target is left out');
    return undefined;
  }
  const { provider, slug } = found;
  const overrides = target.inner('override_params');
  const endpoint = {
    provider,
    name: slug !== undefined && /^[\w.:-]{1,64}$/.test(slug) ? slug : undefined,
    base_url: hostOf(target, secrets),
    api_key: keyOf(provider, slug, target, secrets),
    ...defined(azureOf(target)),
  };
  const model = overrides.text('model');
  return defined({ ...endpoint, ...(model === undefined ? {} : { model }) });
}

function hostOf(target: Members, secrets: Secrets): string | undefined {
  const host = target.text('custom_host');
  return host === undefined ? undefined : secrets.text(host);
}

function defined(section: Section): Section {
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== undefined));
}

/** Shares of one as whole numbers. */
function weightOf(weight: number | undefined): number {
  return weight === undefined ? 1 : Math.min(1_000, Math.max(0, Math.round(weight < 1 ? weight * 100 : weight)));
}

function endpointsOf(config: Members, secrets: Secrets): Section[] {
  const strategy = config.inner('strategy');
  const mode = strategy.text('mode') ?? 'single';
  const targets = config.list('targets');
  if (targets.length === 0) return [endpointOf(config, secrets)].filter((one) => one !== undefined);
  if (!['single', 'fallback', 'loadbalance'].includes(mode)) {
    strategy.remark('has no equal here; the targets are asked one after the other', 'mode');
  }
  return targets.flatMap((value, index) => {
    const target = config.at(value, 'targets', index);
    if (target.list('targets').length > 0) {
      target.remark('has targets of its own: make them a model of their own, and name that in `fallbacks`');
      return [];
    }
    const weight = target.number('weight');
    const endpoint = endpointOf(target, secrets);
    if (endpoint === undefined) return [];
    return [mode === 'loadbalance' ? { ...endpoint, weight: weightOf(weight) } : { ...endpoint, priority: index + 1 }];
  });
}

function cacheOf(config: Members): Section {
  const cache = config.inner('cache');
  const mode = cache.text('mode');
  // Without a cache in the configuration Portkey keeps no answers.
  if (mode === undefined) return { enabled: false };
  if (mode !== 'simple') cache.remark('has no equal here; equal requests alone are answered from the cache', 'mode');
  const age = cache.number('max_age');
  return age === undefined ? {} : { ttl: `${Math.max(1, Math.round(age))}s` };
}

/** The configuration that does here what a config of Portkey says. It names no models: every name goes to the targets. */
export function fromPortkey(value: unknown, remarks: Remark[]): Section {
  const config = new Members(value, [], remarks);
  const secrets = new Secrets();
  const cache = cacheOf(config);
  const attempts = config.inner('retry').number('attempts');
  const timeout = config.number('request_timeout');
  const routing = defined({
    attempts: attempts === undefined ? undefined : Math.min(100, Math.max(1, Math.round(attempts) + 1)),
    timeouts: timeout === undefined ? undefined : { total: `${Math.max(1, Math.round(timeout))}ms` },
  });
  const endpoints = endpointsOf(config, secrets);
  config.end();
  return {
    ...(Object.keys(cache).length === 0 ? {} : { cache }),
    ...(Object.keys(routing).length === 0 ? {} : { routing }),
    models: { '*': { endpoints } },
  };
}
