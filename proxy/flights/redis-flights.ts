import { randomUUID } from 'node:crypto';
import type { RedisClient } from '../redis/client.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import { CommandBatch } from './command-batch.ts';
import { ENTER } from './flight-scripts.ts';
import { RecordCodec } from './record-codec.ts';
import { RedisLead } from './redis-lead.ts';
import { ALIVE_MS, BEAT_MS, leaseOf, LEASE_MS, logOf, type Message } from './redis-log.ts';
import { RedisTail } from './redis-tail.ts';
import type { Entered, EnterTerms, LogName, SharedFlights } from './shared-flights.ts';

export type FlightsClient = Pick<
  RedisClient,
  'available' | 'keys' | 'read' | 'send' | 'sendForBuffers' | 'subscribe' | 'onUp' | 'onDown'
>;

export interface RedisFlightsOptions {
  readonly client: FlightsClient;
  /** The secret that records are sealed with; absent = a checksum alone. */
  readonly secret?: Buffer;
}

const ALONE: Entered = { role: 'alone' };
const TOKEN = /^[0-9a-f-]{36}$/;

/**
 * Generations that replicas share over Redis.
 *
 * A lease elects the leader, in one script that also knows purges and stored answers. Each process gives one sign of life
 * for all that it leads, so a lease needs none of its own. Followers name themselves in a set and ask the leader, over its
 * channel, to write: a log that is not followed is not written. Records go to a stream; each process that follows is told
 * over its channel that there is more and reads it. Messages may be lost: at each beat what they say is looked for.
 */
export class RedisFlights implements SharedFlights {
  readonly #client: FlightsClient;
  readonly #batch: CommandBatch;
  readonly #codec: RecordCodec;
  /** Name of this process. */
  readonly #process = randomUUID();
  readonly #leads = new Map<string, RedisLead>();
  readonly #tails = new Map<string, Set<RedisTail>>();
  readonly #ends: (() => void)[] = [];
  #followed = 0;
  /** When Redis has last taken a sign of life, in monotonic milliseconds. */
  #aliveAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ client, secret }: RedisFlightsOptions) {
    this.#client = client;
    this.#batch = new CommandBatch(client);
    this.#codec = new RecordCodec(secret);
  }

  /** Begins to give signs of life and to listen. To be called once; before it has been heard of nothing is shared. */
  start(): Promise<void> {
    const client = this.#client;
    const channel = client.keys.flightChannel + this.#process;
    this.#ends.push(
      client.subscribe(
        channel,
        (message) => this.#heard(message),
        () => this.#lookAgain(),
      ),
      client.onUp(() => void this.#live()),
      client.onDown(() => this.#lost()),
    );
    this.#timer = setInterval(() => this.#beat(), BEAT_MS).unref();
    return this.#live();
  }

  /** Whether `start` was called and `close` was not. */
  get isStarted(): boolean {
    return this.#timer !== undefined;
  }

  /** Ends the signs of life, and all that is led or followed. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const end of this.#ends.splice(0)) end();
    for (const lead of this.#leads.values()) lead.end();
    this.#lost();
    void this.#client.send([['DEL', this.#client.keys.flightProcess(this.#process)]]);
  }

  async enter(name: LogName, terms: EnterTerms = {}): Promise<Entered> {
    if (!this.#client.available || !this.isStarted) return ALONE;
    // A leader that is not known to live would be taken for dead by its followers.
    if (!this.#isAlive) await this.#live();
    if (!this.#isAlive) return ALONE;
    const token = randomUUID();
    const [state, leaderToken = '', leader = ''] = await this.#ask(name, token, terms);
    if (state === 'stored') return { role: 'stored' };
    if (state === 'lead') return { role: 'lead', lead: this.#lead(name, token) };
    if (state !== 'open' || !TOKEN.test(leaderToken) || !TOKEN.test(leader)) return ALONE;
    // The log of a dead leader has a part of an answer at the most.
    if (await this.#isDead(leader)) return this.enter(name, { ...terms, instead: leaderToken });
    return { role: 'follow', tail: this.#tail(name, leaderToken, leader) };
  }

  /** What `ENTER` has answered; nothing where Redis has not. */
  async #ask(name: LogName, token: string, { pastStored = false, instead = '-' }: EnterTerms): Promise<string[]> {
    const { keys } = this.#client;
    const { key } = name;
    const model = key.slice(0, key.indexOf('.') + 1);
    const names = [
      leaseOf(keys, name),
      keys.cacheEntry(key),
      keys.purgeToken('', key),
      keys.purgeToken(model, key),
      keys.purgeMark(key),
    ];
    const values = [token, this.#process, LEASE_MS, pastStored ? '1' : '0', instead];
    const answer = await this.#batch.send(['EVAL', ENTER, names.length, ...names, ...values]);
    return answer === UNAVAILABLE ? [] : (answer as string[]);
  }

  get #isAlive(): boolean {
    return performance.now() - this.#aliveAt < ALIVE_MS;
  }

  async #isDead(leader: string): Promise<boolean> {
    const values = await this.#client.read([this.#client.keys.flightProcess(leader)]);
    return values !== UNAVAILABLE && !values[0];
  }

  #lead(name: LogName, token: string): RedisLead {
    const lead = new RedisLead({
      client: this.#client,
      batch: this.#batch,
      codec: this.#codec,
      log: logOf(this.#client.keys, name, token),
      onOver: () => this.#leads.delete(token),
    });
    this.#leads.set(token, lead);
    return lead;
  }

  #tail(name: LogName, token: string, leader: string): RedisTail {
    this.#followed += 1;
    const tail: RedisTail = new RedisTail({
      client: this.#client,
      codec: this.#codec,
      log: logOf(this.#client.keys, name, token),
      leader,
      name: `${this.#process}/${this.#followed}`,
      process: this.#process,
      onOver: () => this.#forget(tail),
    });
    const tails = this.#tails.get(token);
    if (tails) tails.add(tail);
    else this.#tails.set(token, new Set([tail]));
    return tail;
  }

  #forget(tail: RedisTail): void {
    const tails = this.#tails.get(tail.token);
    tails?.delete(tail);
    if (tails?.size === 0) this.#tails.delete(tail.token);
  }

  #heard(message: string): void {
    const [word, token = '', asking = ''] = message.split(' ') as [Message, string?, string?];
    const lead = this.#leads.get(token);
    if (word === 'want') {
      if (lead) lead.want();
      else if (TOKEN.test(asking)) this.#send(asking, 'over', token);
    } else if (word === 'left') lead?.look();
    else {
      for (const tail of this.#tails.get(token) ?? []) {
        if (word === 'grown') tail.look();
        else tail.over();
      }
    }
  }

  #send(process: string, word: Message, token: string): void {
    void this.#client.send([['PUBLISH', this.#client.keys.flightChannel + process, `${word} ${token}`]]);
  }

  async #live(): Promise<void> {
    const askedAt = performance.now();
    const name = this.#client.keys.flightProcess(this.#process);
    const answers = await this.#client.send([['SET', name, '1', 'PX', ALIVE_MS]]);
    if (answers !== UNAVAILABLE) this.#aliveAt = askedAt;
  }

  #beat(): void {
    void this.#live();
    for (const lead of this.#leads.values()) lead.beat();
    this.#lookAgain();
    void this.#findDead();
  }

  #lookAgain(): void {
    for (const tail of this.#followers()) tail.beat();
  }

  *#followers(): Generator<RedisTail> {
    for (const tails of this.#tails.values()) yield* tails;
  }

  /** Tails whose leader lives no more are lost. */
  async #findDead(): Promise<void> {
    const byLeader = Map.groupBy(this.#followers(), ({ leader }) => leader);
    await Promise.all(
      [...byLeader].map(async ([leader, tails]) => {
        if (await this.#isDead(leader)) for (const tail of tails) tail.over();
      }),
    );
  }

  /** Redis is gone: what would be heard of leaders can come from nowhere. */
  #lost(): void {
    for (const tail of this.#followers()) tail.lose();
  }
}
