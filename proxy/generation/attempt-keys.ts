import { type EndpointCredential, ownKeyOf } from '../core/credential.ts';
import type { ProxyError } from '../core/errors.ts';
import { OUTCOMES, type Outcome } from '../core/outcome.ts';
import { withoutAccount } from '../providers/key-places.ts';
import type { Endpoint, Lease, RouteRequest } from '../routing/types.ts';
import type { CallerKey, CallerKeys, KeyPause } from './caller-keys.ts';
import { pausedKeyError } from './own-key-error.ts';

/** The keys of the caller's own that the attempts of one generation are made with, and where they may still go. */
export class AttemptKeys {
  readonly #keys: CallerKeys;
  readonly #endpoints: readonly Endpoint[];
  /** Refused or limited in this generation. */
  readonly #spent = new Set<string>();

  constructor(keys: CallerKeys, endpoints: readonly Endpoint[]) {
    this.#keys = keys;
    this.#endpoints = endpoints;
  }

  /** The request, with the endpoints alone that may be asked now. */
  narrowed(request: RouteRequest): RouteRequest {
    const { keys, closed } = this.#standing();
    const ownKeys = new Map<string, string>();
    for (const [id, key] of keys) ownKeys.set(id, key.name);
    if (closed.size === 0) return { ...request, ownKeys };
    const { within } = request;
    const open = this.#endpoints.filter(({ id }) => !closed.has(id) && (within === undefined || within.has(id)));
    return { ...request, ownKeys, within: new Set(open.map(({ id }) => id)) };
  }

  /** The same lease, whose endpoint is asked with the caller's key where that is so. Throws ProxyError `credential_unreadable`. */
  leased(lease: Lease): Lease {
    const key = this.#standing().keys.get(lease.endpoint.id);
    if (key === undefined) return lease;
    let endpoint: Endpoint;
    try {
      endpoint = withUsersKey(lease.endpoint, { kind: 'key', value: key.open(), own: key.own });
    } catch (error) {
      lease.release({ kind: 'client_left', reason: 'the stored key could not be opened' });
      throw error;
    }
    let isOver = false;
    return {
      endpoint,
      probe: lease.probe,
      firstEvent: (ms) => lease.firstEvent(ms),
      release: (outcome) => {
        lease.release(outcome);
        if (isOver) return;
        isOver = true;
        key.ended(outcome);
      },
    };
  }

  /** Takes note of how an attempt ended; true where the same endpoint is asked once more, with the operator's key. */
  fallsBack({ kind }: Outcome, { credential }: Endpoint): boolean {
    const own = ownKeyOf(credential);
    if (own === undefined || OUTCOMES[kind].fault !== 'credential') return false;
    this.#spent.add(own.id);
    return this.#fallsBack;
  }

  /** What the client is told where nothing but pauses of its own keys is in the way. */
  refusal(tried: ReadonlySet<string>): ProxyError | undefined {
    const { closed } = this.#standing();
    if (this.#endpoints.some(({ id }) => !closed.has(id) && !tried.has(id))) return undefined;
    const pauses = this.#endpoints.flatMap((endpoint): (KeyPause & Pick<CallerKey, 'own'>)[] => {
      const key = this.#keys.keyFor(endpoint);
      const pause = key?.pause();
      return key && pause ? [{ ...pause, own: key.own }] : [];
    });
    const [least] = pauses.toSorted((a, b) => a.ms - b.ms);
    return least && pausedKeyError(least, least.own);
  }

  get #fallsBack(): boolean {
    return this.#keys.fallback && !this.#keys.ownOnly;
  }

  /** The keys that go to endpoints now, and the endpoints that may not be asked. */
  #standing(): { readonly keys: ReadonlyMap<string, CallerKey>; readonly closed: ReadonlySet<string> } {
    const all = this.#keys;
    const keys = new Map<string, CallerKey>();
    const closed = new Set<string>();
    const shut = new Set<string>();
    for (const endpoint of this.#endpoints) {
      const key = all.keyFor(endpoint);
      if (key === undefined) continue;
      if (!this.#spent.has(key.own.id) && key.pause() === undefined) keys.set(endpoint.id, key);
      else shut.add(all.providerOf(endpoint));
    }
    for (const endpoint of this.#endpoints) {
      if (keys.has(endpoint.id)) continue;
      // No key of the operator's takes the place of a user's own without being told to.
      if (all.ownOnly || (!this.#fallsBack && shut.has(all.providerOf(endpoint)))) closed.add(endpoint.id);
    }
    return { keys, closed };
  }
}

/** The endpoint with a user's key in place of everything that names the operator's account. */
export function withUsersKey(endpoint: Endpoint, credential: EndpointCredential): Endpoint {
  const { headers, query, authHeader } = endpoint;
  return {
    ...endpoint,
    credential,
    headers: withoutAccount(headers, authHeader),
    ...(query === undefined ? {} : { query: withoutAccount(query, authHeader) }),
  };
}
