import { ProxyError } from '../core/errors.ts';
import type { Command, RedisClient } from '../redis/client.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import type { StateSeal } from './seal.ts';
import type { Place, StateStore } from './store.ts';

/** Sets the value if the old one is still there ('' = none). */
const SWAP = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;
/** Times that a change is tried again because another replica was faster. */
const MOST_TRIES = 8;
const NOTHING = Buffer.alloc(0);

/** State on Redis, for all replicas; sealed. */
export class RedisStateStore implements StateStore {
  readonly #client: Pick<RedisClient, 'keys' | 'read' | 'send'>;
  readonly #seal: StateSeal;

  constructor(client: Pick<RedisClient, 'keys' | 'read' | 'send'>, seal: StateSeal) {
    this.#client = client;
    this.#seal = seal;
  }

  async get(place: Place): Promise<Buffer | undefined> {
    const entry = await this.#read(place);
    return entry && this.#seal.open(place, entry);
  }

  async put(place: Place, value: Buffer, ttlMs: number): Promise<void> {
    await this.#send(['SET', this.#key(place), this.#seal.close(place, value), 'PX', lifeOf(ttlMs)]);
  }

  async update(
    place: Place,
    change: (current: Buffer | undefined) => Buffer | undefined,
    ttlMs: number,
  ): Promise<boolean> {
    for (let tried = 0; tried < MOST_TRIES; tried += 1) {
      // oxlint-disable-next-line no-await-in-loop -- each try reads what the one before has missed
      const entry = await this.#read(place);
      const value = change(entry && this.#seal.open(place, entry));
      if (value === undefined) return false;
      const sealed = this.#seal.close(place, value);
      // oxlint-disable-next-line no-await-in-loop -- see above
      const swapped = await this.#send(['EVAL', SWAP, 1, this.#key(place), entry ?? NOTHING, sealed, lifeOf(ttlMs)]);
      if (swapped === 1) return true;
    }
    throw unavailable('it is being changed by too many others');
  }

  async delete(place: Place): Promise<boolean> {
    return (await this.#send(['UNLINK', this.#key(place)])) === 1;
  }

  async #read(place: Place): Promise<Buffer | undefined> {
    const values = await this.#client.read([this.#key(place)]);
    if (values === UNAVAILABLE) throw unavailable('Redis does not answer');
    return values[0] ?? undefined;
  }

  async #send(command: Command): Promise<unknown> {
    const answers = await this.#client.send([command]);
    if (answers === UNAVAILABLE) throw unavailable('Redis does not answer');
    return answers[0];
  }

  #key({ scope, kind, id }: Place): string {
    return this.#client.keys.state(kind, scope, id);
  }
}

function lifeOf(ttlMs: number): number {
  return Math.max(1, Math.round(ttlMs));
}

function unavailable(reason: string): ProxyError {
  return new ProxyError('state_unavailable', `The stored response or conversation cannot be reached now: ${reason}.`, {
    headers: { 'retry-after': '1' },
  });
}
