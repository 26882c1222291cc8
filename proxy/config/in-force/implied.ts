import type { Config } from '../config.ts';
import { addressOf, keyProvider, namesOf } from '../endpoints.ts';
import { Findings } from '../findings.ts';
import { defaultAddress, dialectOf, providersOf } from '../gateway.ts';
import type { ConfigInput, EndpointInput } from '../schema/index.ts';
import type { YamlSource } from '../source.ts';
import type { Environment } from '../variables.ts';
import { formatPath, type Path } from '../path.ts';
import type { RowValue, SettingSource } from './row.ts';
import { identityOf, MASK } from './value.ts';
import type { Implied, SettingWalk } from './walk.ts';

export interface ImpliedTerms {
  readonly config: Config;
  readonly input: ConfigInput;
  readonly source: YamlSource;
  readonly environment: Environment;
  /** Nothing that a variable of the text gave is shown. */
  readonly isWritten: boolean;
}

const DATABASE_URL = 'LLMPROXY_DATABASE_URL';
const DEFAULT: SettingSource = { kind: 'default' };

/** Values that follow from other settings, or that the environment alone gives: what `resolveConfig` fills in. */
export class ImpliedValues {
  readonly #terms: ImpliedTerms;
  readonly #names = new Map<string, readonly string[]>();

  constructor(terms: ImpliedTerms) {
    this.#terms = terms;
  }

  at(path: Path, settings: SettingWalk): Implied | undefined {
    const [section] = path;
    if (section === 'models') return this.#ofModel(path, settings);
    if (section === 'providers') return this.#ofProvider(path);
    if (section === 'database') return this.#ofDatabase(path);
    return this.#ofSection(formatPath(path), settings);
  }

  #ofSection(path: string, settings: SettingWalk): Implied | undefined {
    const { auth, governance, passthrough, redis } = this.#terms.config;
    const after = (value: RowValue, above: Path): Implied => from(value, above, settings);
    switch (path) {
      case 'auth.admin':
        if (auth.adminToken !== undefined) return after(auth.admin, ['auth', 'admin_token']);
        return governance === undefined ? preset(auth.admin) : after(auth.admin, [this.#governing()]);
      case 'auth.require_key':
        return governance === undefined ? preset(auth.requireKey) : after(auth.requireKey, ['server', 'host']);
      case 'passthrough.model':
        return after(passthrough.model, ['models']);
      case 'passthrough.allow':
        return after(passthrough.allow, ['auth', 'require_key']);
      case 'redis.master':
        return redis.sentinels === undefined ? undefined : preset(redis.sentinels.master);
      default:
        return undefined;
    }
  }

  /** Which of the two sections turns virtual keys on. */
  #governing(): string {
    return this.#terms.input.database === undefined ? 'governance' : 'database';
  }

  #ofDatabase([, name]: Path): Implied | undefined {
    const url = this.#terms.environment[DATABASE_URL];
    if (name !== 'url' || url === undefined || url === '') return undefined;
    return { value: MASK, identity: identityOf(url), source: { kind: 'environment', name: DATABASE_URL } };
  }

  #ofProvider([, name, field]: Path): Implied | undefined {
    if (field === 'dialect') return preset(dialectOf(String(name)));
    const address = field === 'base_url' ? defaultAddress(String(name)) : undefined;
    return address === undefined ? undefined : preset(`${address.origin}${address.basePath}`);
  }

  #ofModel([, name, field, index, member]: Path, settings: SettingWalk): Implied | undefined {
    const model = this.#terms.input.models[String(name)];
    if (model === undefined) return undefined;
    const own = ['models', String(name)];
    if (field === 'context_fallbacks' && model.fallbacks.length > 0) {
      return from(model.fallbacks, [...own, 'fallbacks'], settings);
    }
    const endpoint = field === 'endpoints' ? model.endpoints[Number(index)] : undefined;
    if (endpoint === undefined || typeof index !== 'number') return undefined;
    const place = [...own, 'endpoints', index];
    if (member === 'name') return this.#nameAt(place, this.#namesOf(String(name), model.endpoints)[index] ?? '');
    const address = member === 'base_url' ? addressOf(endpoint) : undefined;
    if (address !== undefined) return from(`${address.origin}${address.basePath}`, [...place, 'provider'], settings);
    return member === 'api_key' ? this.#keyOf(endpoint, settings) : undefined;
  }

  #keyOf(endpoint: EndpointInput, settings: SettingWalk): Implied | undefined {
    if (endpoint.api_key !== undefined || addressOf(endpoint) === undefined) return undefined;
    const provider = keyProvider(endpoint, providersOf(this.#terms.input.providers));
    if (provider?.apiKey === undefined) return undefined;
    const implied = from(MASK, ['providers', provider.name, 'api_key'], settings);
    return { ...implied, identity: identityOf(provider.apiKey) };
  }

  /** It is made of the address. */
  #nameAt(place: Path, name: string): Implied {
    const { source, isWritten } = this.#terms;
    const holdsVariable = isWritten && source.written([...place, 'base_url']) !== undefined;
    return { ...preset(name), ...(holdsVariable ? { value: MASK } : {}) };
  }

  #namesOf(model: string, endpoints: readonly EndpointInput[]): readonly string[] {
    const known = this.#names.get(model);
    if (known !== undefined) return known;
    const names = namesOf(endpoints, ['models', model, 'endpoints'], new Findings(this.#terms.source));
    this.#names.set(model, names);
    return names;
  }
}

function preset(value: RowValue): Implied {
  return { value, identity: identityOf(value), source: DEFAULT };
}

/** What follows from the setting at `above`. */
function from(value: RowValue, above: Path, settings: SettingWalk): Implied {
  const source = settings.at(above)?.row.source;
  const derived = {
    kind: 'derived',
    name: formatPath(above),
    ...(source === undefined ? {} : { from: source }),
  } as const;
  return { value, identity: identityOf(value), source: derived };
}
