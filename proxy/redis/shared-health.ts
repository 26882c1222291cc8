import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { RedisClient } from './client.ts';
import { UNAVAILABLE } from './unavailable.ts';

/** The whole hash is forgotten when nothing was published for this long; so is that an endpoint was readmitted. */
const IDLE_MS = 24 * 3_600_000;
/** Pause between two looks at what is kept: a message may be lost without a gap that anything notices. */
const RELOAD_MS = 15_000;
/** Members of a change that are times. */
const TIMES = ['at', 'until', 'notBefore'];

/**
 * Keeps and announces a change unless a later one of the same endpoint is kept. Returns 1, or 0 when it was overtaken.
 *
 * KEYS: 1 hash of endpoint id → what is kept
 * ARGV: 1 endpoint id · 2 what is kept, as JSON · 3 time of the change · 4 life of the hash in ms · 5 channel · 6 message
 */
const PUBLISH_SCRIPT = `
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  local ok, value = pcall(cjson.decode, kept)
  local change = ok and type(value) == 'table' and value.change
  local at = type(change) == 'table' and tonumber(change.at)
  if at and at > tonumber(ARGV[3]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 1`;

export type HealthListener = (endpointId: string, change: unknown) => void;

/** What Redis could not take; `until` on this process's clock. */
interface Unsent {
  readonly change: object;
  readonly until: number;
}

/**
 * Health of endpoints between replicas: the last change of each is kept, and every change is announced. What is kept is
 * read again from time to time, so a lost message is made up for. Times travel on the clock of Redis. Never rejects.
 */
export class RedisSharedHealth {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  readonly #origin = randomUUID();
  readonly #listeners = new Set<HealthListener>();
  readonly #unsent = new Map<string, Unsent>();
  /** The last change of each endpoint that was handed on, as it travelled. */
  readonly #heard = new Map<string, string>();
  #stop: (() => void) | undefined;

  constructor(client: RedisClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.onUp(() => void this.#sendAgain());
  }

  /** Announces `change` to the other replicas, and keeps it for `load` during `ttlMs`; 0: as long as it may matter. */
  publish(endpointId: string, change: object, ttlMs: number): Promise<void> {
    this.#unsent.delete(endpointId);
    return this.#send(endpointId, { change, until: this.#clock.now() + (ttlMs > 0 ? ttlMs : IDLE_MS) });
  }

  /** Hands on what any other replica publishes, and at times what is kept. Returns the end of the subscription. */
  subscribe(listener: HealthListener): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#listen();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  /** What is kept now, by endpoint id; nothing when Redis does not answer. */
  async load(): Promise<[string, unknown][]> {
    return (await this.#kept()).map(([endpointId, { change }]) => [endpointId, this.#local(change)]);
  }

  #listen(): () => void {
    const end = this.#client.subscribe(
      this.#client.keys.healthChannel,
      (message) => {
        const entry = parsed(message);
        if (!Array.isArray(entry) || typeof entry[0] !== 'string' || entry[2] === this.#origin) return;
        this.#report(entry[0], entry[1]);
      },
      () => void this.#reload(),
    );
    const timer = setInterval(() => void this.#reload(), RELOAD_MS).unref();
    return () => {
      end();
      clearInterval(timer);
    };
  }

  async #reload(): Promise<void> {
    await this.#sendAgain();
    for (const [endpointId, { change, origin }] of await this.#kept()) {
      if (origin !== this.#origin) this.#report(endpointId, change);
    }
  }

  #report(endpointId: string, change: unknown): void {
    const text = JSON.stringify(change);
    if (this.#heard.get(endpointId) === text) return;
    this.#heard.set(endpointId, text);
    const local = this.#local(change);
    for (const listener of this.#listeners) listener(endpointId, local);
  }

  async #sendAgain(): Promise<void> {
    // What fails again waits for the next time.
    const waiting = [...this.#unsent];
    for (const [endpointId, unsent] of waiting) {
      this.#unsent.delete(endpointId);
      if (unsent.until > this.#clock.now()) await this.#send(endpointId, unsent);
    }
  }

  async #send(endpointId: string, unsent: Unsent): Promise<void> {
    const { health, healthChannel } = this.#client.keys;
    const aheadMs = this.#client.clockAheadMs;
    const change = shifted(unsent.change as JsonObject, aheadMs);
    const kept = JSON.stringify({ change, until: unsent.until + aheadMs, origin: this.#origin });
    const message = JSON.stringify([endpointId, change, this.#origin]);
    const lifeMs = Math.ceil(Math.max(IDLE_MS, unsent.until - this.#clock.now()));
    const at = Number(change['at'] ?? 0);
    const answers = await this.#client.send([
      ['EVAL', PUBLISH_SCRIPT, 1, health, endpointId, kept, at, lifeMs, healthChannel, message],
    ]);
    // A later change may be waiting already.
    if (answers === UNAVAILABLE && !this.#unsent.has(endpointId)) this.#unsent.set(endpointId, unsent);
  }

  async #kept(): Promise<[string, JsonObject][]> {
    const answers = await this.#client.send([['HGETALL', this.#client.keys.health]]);
    const flat = answers === UNAVAILABLE ? [] : answers.flat().map(String);
    const now = this.#clock.now() + this.#client.clockAheadMs;
    return pairs(flat).flatMap(([endpointId, text]): [string, JsonObject][] => {
      const kept = parsed(text);
      const alive = isJsonObject(kept) && typeof kept['until'] === 'number' && kept['until'] > now;
      return alive ? [[endpointId, kept]] : [];
    });
  }

  #local(change: unknown): unknown {
    return isJsonObject(change) ? shifted(change, -this.#client.clockAheadMs) : change;
  }
}

function shifted(change: JsonObject, ms: number): JsonObject {
  const moved: Record<string, JsonObject[string]> = { ...change };
  for (const name of TIMES) {
    const time = moved[name];
    if (typeof time === 'number') moved[name] = time + ms;
  }
  return moved;
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
