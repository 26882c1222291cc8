import { addressAt, type ApiAddress } from './base-url.ts';
import type { EndpointConfig } from './config.ts';
import type { Findings } from './findings.ts';
import type { Path } from './path.ts';
import { certificatesFromFile } from './pem-file.ts';
import type { EndpointInput } from './schema/index.ts';

interface ProviderDefaults {
  /** Where it is without a `base_url`; undefined = the bundled mock. */
  readonly address: ApiAddress | undefined;
  readonly needsKey: boolean;
}

const DEFAULTS: Readonly<Record<EndpointInput['provider'], ProviderDefaults>> = {
  openai: { address: { kind: 'url', origin: 'https://api.openai.com', basePath: '/v1' }, needsKey: true },
  mock: { address: undefined, needsKey: false },
};

/** The address of the API; undefined for the bundled mock. */
function addressOf(input: EndpointInput): ApiAddress | undefined {
  const { base_url: written, base_url_exact: exact } = input;
  return written.kind === 'default' ? DEFAULTS[input.provider].address : addressAt(written, exact);
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
function namesOf(inputs: readonly EndpointInput[], path: Path, findings: Findings): string[] {
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

/** The credential, or undefined when the endpoint is to be left out. */
function credentialOf(input: EndpointInput, path: Path, findings: Findings): EndpointConfig['credential'] | undefined {
  if (addressOf(input) === undefined) return { kind: 'none' };
  const key = input.api_key;
  if (key === undefined) {
    if (!DEFAULTS[input.provider].needsKey) return { kind: 'none' };
    findings.fault(path, 'expected an api_key (a key, forward or none), found nothing');
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

/** The endpoints of one model that can be used. `path` is the path of the list in the file. */
export function resolveEndpoints(
  model: string,
  inputs: readonly EndpointInput[],
  path: Path,
  findings: Findings,
): EndpointConfig[] {
  const names = namesOf(inputs, path, findings);
  return inputs.flatMap((input, index) => {
    const name = names[index] ?? '';
    const credential = credentialOf(input, [...path, index], findings);
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
        ...optional('upstreamModel', input.model),
        ...optional('price', input.price),
        ...optional('contextWindow', input.context_window),
        ...optional('responses', input.responses === 'native' ? undefined : input.responses),
        ...optional('ca', certificatesFromFile(input.tls?.ca, [...path, index, 'tls', 'ca'], findings)),
      },
    ];
  });
}
