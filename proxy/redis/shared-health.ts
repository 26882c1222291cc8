import type { Clock } from '../core/clock.ts';
import { isJsonObject } from '../core/json.ts';
import type { RedisClient } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

/** The whole hash is forgotten when nothing was published for this long. */
const IDLE_MS = 24 * 3_600_000;

interface Kept {
  readonly change: unknown;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Health of endpoints between replicas: the last change of each is kept, and every change is announced. Never rejects. */
export class RedisSharedHealth {
  readonly #client: RedisClient;
  readonly #clock: Clock;

  constructor(client: RedisClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Announces `change` to the other replicas, and keeps it for `load` during `ttlMs`; 0 forgets what is kept. */
  async publish(endpointId: string, change: unknown, ttlMs: number): Promise<void> {
    const { health, healthChannel } = this.#client.keys;
    const kept: Kept = { change, until: this.#clock.now() + ttlMs };
    await this.#client.send([
      ttlMs > 0 ? ['HSET', health, endpointId, JSON.stringify(kept)] : ['HDEL', health, endpointId],
      ['PEXPIRE', health, Math.max(IDLE_MS, Math.ceil(ttlMs))],
      ['PUBLISH', healthChannel, JSON.stringify([endpointId, change])],
    ]);
  }

  /** Hands on what any replica publishes; after a gap, what is kept. Returns the end of the subscription. */
  subscribe(listener: (endpointId: string, change: unknown) => void): () => void {
    const reload = async (): Promise<void> => {
      for (const [endpointId, change] of await this.load()) listener(endpointId, change);
    };
    return this.#client.subscribe(
      this.#client.keys.healthChannel,
      (message) => {
        const entry = parsed(message);
        if (Array.isArray(entry) && typeof entry[0] === 'string') listener(entry[0], entry[1]);
      },
      () => void reload(),
    );
  }

  /** What is kept now, by endpoint id; nothing when Redis does not answer. */
  async load(): Promise<[string, unknown][]> {
    const answers = await this.#client.send([['HGETALL', this.#client.keys.health]]);
    const flat = answers === UNAVAILABLE ? [] : answers.flat().map(String);
    const now = this.#clock.now();
    return pairs(flat).flatMap(([endpointId, text]): [string, unknown][] => {
      const kept = parsed(text);
      const alive = isJsonObject(kept) && typeof kept['until'] === 'number' && kept['until'] > now;
      return alive ? [[endpointId, kept['change']]] : [];
    });
  }
}

/** A hash arrives as a flat list: name, value, name, value … */
function pairs(flat: readonly string[]): [string, string][] {
  const made: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) made.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return made;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
