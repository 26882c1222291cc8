import { canonicalProvider } from '../core/provider-names.ts';
import { providerRow } from '../core/provider-rows.ts';
import { addressAt, type ApiAddress, deploymentsAddressAt } from './base-url.ts';
import type { EndpointConfig } from './config.ts';
import { checkEndpoint } from './endpoint-checks.ts';
import type { Findings } from './findings.ts';
import type { ProviderConfig } from './gateway.ts';
import { priceOf } from './prices.ts';
import type { Path } from './path.ts';
import { certificatesFromFile, certifiedKeyFromFiles } from './pem-file.ts';
import type { EndpointInput } from './schema/index.ts';

/** Stands for the address that is missing, which a fault tells of. */
const NOWHERE: ApiAddress = { kind: 'url', origin: 'https://base-url.invalid', basePath: '' };
/** An `api_version` that is none of the newer API, whose paths name no deployment. */
const DATED = /^\d/;

/** The address of the API; undefined for the bundled mock. */
export function addressOf(input: EndpointInput): ApiAddress | undefined {
  const { base_url: written, base_url_exact: exact, api_version: apiVersion = '' } = input;
  const { address = NOWHERE, version, deployments } = providerRow(input.provider);
  if (written.kind === 'default') return address === 'bundled' ? undefined : { kind: 'url', ...address };
  return deployments
    ? deploymentsAddressAt(written, exact, DATED.test(apiVersion))
    : addressAt(written, exact, version);
}

/** `mock-1`, `mock-2` … by the order of the bundled ones; the host for others, numbered where it comes twice. */
function defaultName(input: EndpointInput, bundledBefore: number, taken: ReadonlySet<string>): string {
  const address = addressOf(input);
  if (address === undefined) return `mock-${bundledBefore + 1}`;
  const { hostname } = new URL(address.origin);
  const host = hostname.replace(/[[\]]/g, '');
  let name = host;
  for (let count = 2; taken.has(name); count += 1) name = `${host}-${count}`;
  return name;
}

/** Names of all endpoints of a model, in order, also of those that are left out: filling in a key renames no other. */
export function namesOf(inputs: readonly EndpointInput[], path: Path, findings: Findings): string[] {
  const taken = new Set(inputs.flatMap(({ name }) => (name === undefined ? [] : [name])));
  const given = new Set<string>();
  let bundled = 0;
  return inputs.map((input, index) => {
    const name = input.name ?? defaultName(input, bundled, taken);
    if (addressOf(input) === undefined) bundled += 1;
    if (given.has(name)) {
      findings.fault(
        [...path, index, 'name'],
        `expected a name of its own in this model, found ${JSON.stringify(name)} a second time`,
      );
    }
    given.add(name);
    taken.add(name);
    return name;
  });
}

/**
 * The entry of `providers` whose key an endpoint without one has. It goes where the file says who stands behind the endpoint, and to the
 * provider's own address.
 */
export function keyProvider(input: EndpointInput, providers: readonly ProviderConfig[]): ProviderConfig | undefined {
  const { provider, provider_name: named = provider } = input;
  const found = providers.find(({ name }) => canonicalProvider(name) === canonicalProvider(named));
  const { address: own } = providerRow(provider);
  const isNamed = input.provider_name !== undefined || own === undefined;
  const origin = addressOf(input)?.origin;
  const isOwn = typeof own === 'object' && own.origin === origin;
  return isNamed || isOwn || found?.address?.origin === origin ? found : undefined;
}

/** The credential, or undefined when the endpoint is to be left out. */
function credentialOf(
  input: EndpointInput,
  providers: readonly ProviderConfig[],
  path: Path,
  findings: Findings,
): EndpointConfig['credential'] | undefined {
  if (addressOf(input) === undefined) return { kind: 'none' };
  const key = input.api_key ?? keyProvider(input, providers)?.apiKey;
  if (key === undefined) {
    const { needsKey, keyVariable } = providerRow(input.provider);
    if (!needsKey) return { kind: 'none' };
    const usual = keyVariable === undefined ? '' : `; its usual place is api_key: "\${${keyVariable}}"`;
    findings.fault(path, `expected an api_key (a key, forward or none), found nothing${usual}`);
    return { kind: 'none' };
  }
  const value = key.reveal();
  if (value === '') return undefined;
  return value === 'forward' || value === 'none' ? { kind: value } : { kind: 'key', key };
}

function setVariables(names: readonly string[]): string {
  return names.length === 0 ? '' : `; set ${[...new Set(names)].join(', ')}`;
}

/** The fault of a model whose endpoints are all left out names the variables that would have held their keys. */
export function noEndpointLeft(model: string, count: number, path: Path, findings: Findings): void {
  const variables = Array.from({ length: count }, (_, index) => findings.variablesAt([...path, index, 'api_key']));
  const remedy = setVariables(variables.flat());
  const message = `expected an endpoint that can be used, found none: every endpoint of ${model} is left out`;
  findings.fault(path, `${message} because its api_key is empty${remedy}`);
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

/** What the query of every request has; undefined for nothing. */
function queryOf({ query, api_version: apiVersion }: EndpointInput): EndpointConfig['query'] {
  // `v1` asks for the newer paths, which need no version.
  const version: Record<string, string> =
    apiVersion === undefined || apiVersion === 'v1' ? {} : { 'api-version': apiVersion };
  const whole: Record<string, string> = { ...version, ...query };
  return Object.keys(whole).length === 0 ? undefined : whole;
}

interface ResolveTerms {
  readonly providers: readonly ProviderConfig[];
  readonly findings: Findings;
  /** Of the model. */
  readonly healthCheck?: EndpointInput['health_check'];
}

function healthCheckOf(input: EndpointInput['health_check']): EndpointConfig['healthCheck'] {
  if (input === undefined) return undefined;
  const { path, interval: intervalMs, timeout: timeoutMs, endpoints } = input;
  return { intervalMs, timeoutMs, all: endpoints === 'all', ...optional('path', path) };
}

/** The endpoints of one model that can be used. `path` is the path of the list in the file. */
export function resolveEndpoints(
  model: string,
  inputs: readonly EndpointInput[],
  path: Path,
  { providers, findings, healthCheck }: ResolveTerms,
): EndpointConfig[] {
  const names = namesOf(inputs, path, findings);
  return inputs.flatMap((input, index) => {
    const name = names[index] ?? '';
    checkEndpoint(input, [...path, index], findings);
    const credential = credentialOf(input, providers, [...path, index], findings);
    if (credential === undefined) {
      const remedy = setVariables(findings.variablesAt([...path, index, 'api_key']));
      findings.warn([...path, index], `the endpoint ${model}/${name} is left out: its api_key is empty${remedy}`);
      return [];
    }
    return [
      {
        id: `${model}/${name}`,
        provider: input.provider,
        target: addressOf(input) ?? ({ kind: 'bundled', server: name } as const),
        credential,
        weight: input.weight,
        headers: input.headers,
        ...optional('providerName', input.provider_name),
        ...optional('controlToken', input.control_token?.reveal() === '' ? undefined : input.control_token),
        ...optional('upstreamModel', input.model),
        ...optional('query', queryOf(input)),
        ...optional('authHeader', input.auth_header),
        ...optional('api', input.api),
        ...optional('price', endpointPrice(input)),
        ...optional('priority', input.priority === 1 ? undefined : input.priority),
        ...optional('healthCheck', healthCheckOf(input.health_check ?? healthCheck)),
        ...optional('maxConcurrency', input.max_concurrency),
        ...optional('contextWindow', input.context_window),
        ...optional('responses', input.responses === 'native' ? undefined : input.responses),
        ...http2Of(input, [...path, index, 'http2'], findings),
        ...tlsOf(input, [...path, index, 'tls'], findings),
      },
    ];
  });
}

function endpointPrice({ price }: EndpointInput): EndpointConfig['price'] {
  return price === undefined ? undefined : { ...priceOf(price), input: price.input, output: price.output };
}

function http2Of(input: EndpointInput, path: Path, findings: Findings): Pick<EndpointConfig, 'http2'> {
  if (!input.http2) return {};
  const address = addressOf(input);
  if (address?.origin.startsWith('https:')) return { http2: true };
  findings.fault(path, 'expected an endpoint at an https address, found another');
  return {};
}

function tlsOf(
  { tls = {} }: EndpointInput,
  path: Path,
  findings: Findings,
): Pick<EndpointConfig, 'ca' | 'clientCertificate'> {
  const { ca, cert_file: cert, key_file: key } = tls;
  if ((cert === undefined) !== (key === undefined)) {
    findings.fault(path, 'expected cert_file and key_file together, found one of them');
  }
  const files = cert === undefined || key === undefined ? undefined : { cert, key };
  const places = { cert: [...path, 'cert_file'], key: [...path, 'key_file'] };
  return {
    ...optional('ca', certificatesFromFile(ca, [...path, 'ca'], findings)),
    ...optional('clientCertificate', certifiedKeyFromFiles(files, places, findings)),
  };
}
