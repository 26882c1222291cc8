import { ProxyError } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { OwnKey } from '../../core/credential.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { CallerKey, CallerKeys, KeyPause } from '../../generation/caller-keys.ts';
import type { KeyPauses } from '../../governance/credentials/key-pauses.ts';
import type { CredentialDirectory, CredentialEntry, CredentialUse } from '../../governance/credentials/types.ts';
import { credentialWord } from '../../providers/credential-names.ts';
import type { Endpoint } from '../../routing/types.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

/** What requests need to use stored keys. One snapshot a configuration. */
export interface CredentialTools {
  readonly directory: Pick<CredentialDirectory, 'ofUser' | 'find' | 'open'>;
  readonly use: CredentialUse;
  readonly pauses: KeyPauses;
  /** `credentials.fallback_on_reject`. */
  readonly fallback: boolean;
  /** Whether customers of that plan may use keys of their own; null = they have none. */
  allowsOwn(plan: string | null): boolean;
  /** The model that the model name `default` stands for, at the provider of that canonical name. */
  defaultModel(provider: string | undefined): DefaultModel | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

export interface DefaultModel {
  readonly name: string;
  /** The configuration says so; else it is what the provider is known for. */
  readonly configured: boolean;
}

export interface OwnKeysTerms {
  readonly tools: CredentialTools;
  /** The credential that the request names, or that what it names was made with. */
  readonly named: CredentialEntry | undefined;
  readonly fallback: boolean;
}

/** The keys of one user for the endpoints of one model. */
export class OwnKeys implements CallerKeys {
  readonly userId: string;
  /** Endpoints that do not take it are not asked. */
  readonly named: CredentialEntry | undefined;
  readonly fallback: boolean;
  /** No operator's key may be used: the caller has no money left. */
  ownOnly = false;
  readonly #model: string;
  readonly #tools: CredentialTools;
  /** By canonical provider, in the order in which they are preferred. */
  readonly #entries: ReadonlyMap<string, CredentialEntry>;
  readonly #keys = new Map<string, CallerKey>();

  constructor(
    userId: string,
    model: string,
    entries: ReadonlyMap<string, CredentialEntry>,
    { tools, named, fallback }: OwnKeysTerms,
  ) {
    this.userId = userId;
    this.named = named;
    this.fallback = fallback;
    this.#model = model;
    this.#entries = entries;
    this.#tools = tools;
  }

  providerOf(endpoint: Endpoint): string {
    return providerOfEndpoint(endpoint, this.#model);
  }

  /** No endpoint of the model, or of the route, takes the credential that is named. */
  mismatch(): ProxyError {
    const { id = '', provider = '' } = this.named ?? {};
    const what = this.#model === '' ? 'this route' : `the model '${this.#model}'`;
    const message = `The credential '${id}' is for ${credentialWord(provider)}, and no endpoint of ${what} takes its keys.`;
    return new ProxyError('credential_provider_mismatch', message, { headers: DO_NOT_RETRY });
  }

  entryFor(endpoint: Endpoint): CredentialEntry | undefined {
    return endpoint.takesOwnKeys ? this.#entries.get(this.providerOf(endpoint)) : undefined;
  }

  keyFor(endpoint: Endpoint): CallerKey | undefined {
    const entry = this.entryFor(endpoint);
    if (entry === undefined) return undefined;
    let key = this.#keys.get(entry.id);
    if (key === undefined) this.#keys.set(entry.id, (key = new StoredKey(entry, this.#tools)));
    return key;
  }
}

class StoredKey implements CallerKey {
  readonly own: OwnKey;
  readonly name: string;
  readonly #entry: CredentialEntry;
  readonly #tools: CredentialTools;

  constructor(entry: CredentialEntry, tools: CredentialTools) {
    this.#entry = entry;
    this.#tools = tools;
    this.own = { id: entry.id, mask: entry.maskedKey, provider: credentialWord(entry.provider) };
    // The sealed form is another one for each key that is stored.
    this.name = `own:${entry.id}:${entry.sealedKey.slice(-16)}`;
  }

  open(): string {
    const key = this.#tools.directory.open(this.#entry);
    if (key !== undefined) return key;
    const { mask, id } = this.own;
    const message = `The stored key ${mask} (${id}) cannot be decrypted: store it again.`;
    throw new ProxyError('credential_unreadable', message, { headers: DO_NOT_RETRY });
  }

  pause(): KeyPause | undefined {
    const wait = this.#tools.pauses.of(this.#entry);
    return wait && { code: wait.reason === 'quota' ? 'credential_quota' : 'credential_limited', ms: wait.ms };
  }

  ended({ kind, retryAfterMs = 0 }: Outcome): void {
    const { use, pauses, clock } = this.#tools;
    if (kind === 'ok') use.accepted(this.#entry, clock.now());
    else if (kind === 'credential_refused') use.refused(this.#entry, clock.now());
    else if (kind === 'credential_limited') pauses.pause(this.#entry, 'limited', retryAfterMs);
    else if (kind === 'credential_quota') pauses.pause(this.#entry, 'quota', retryAfterMs);
  }
}
