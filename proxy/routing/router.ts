import type { StickyBy } from '../config/schema/models.ts';
import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Random } from '../core/random.ts';
import type { RequestFacts } from '../protocols/types.ts';
import type { FairQueue } from './fair-queue.ts';
import type { HealthSettings } from './health.ts';
import { type HandChange, handName, idInHandName, readHandChange } from './by-hand.ts';
import { CalmMembers } from './calm.ts';
import { Member } from './member.ts';
import { isAdmitted, priorityOf, reachable, select, type Selection } from './select.ts';
import { type SharedChange, type SharedHealth, readHealthChange, sharedName } from './shared-health.ts';
import { type EndpointPart, type EndpointReading, type EndpointStats, partOf, readingOf, statsOf } from './stats.ts';
import { stickyKey } from './sticky-key.ts';
import { STRATEGIES } from './strategies/index.ts';
import type { RateRooms } from './rate-room.ts';
import type { Choose, StrategyName } from './strategy.ts';
import { wantedShares } from './wanted-shares.ts';
import { Standing } from './standing.ts';
import type { Endpoint, Lease, ModelRouter, Refusal, RouteRequest } from './types.ts';

const BY_CACHE_KEY: StickyBy = { kind: 'prompt_cache_key' };

export interface RouterOptions {
  readonly model: string;
  readonly strategy: StrategyName;
  /** For the strategy `sticky`. Default: by `prompt_cache_key`. */
  readonly stickyBy?: StickyBy;
  readonly endpoints: readonly Endpoint[];
  readonly settings: HealthSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly shared?: SharedHealth;
  /** Where an endpoint has a `maxConcurrency`: of requests that wait for one. */
  readonly queue?: FairQueue;
  /** Where what providers say of their limits counts. */
  readonly rooms?: RateRooms;
  /** Called at every ejection and readmission, for log and metrics. */
  readonly onChange?: (endpoint: Endpoint, change: SharedChange, origin: 'local' | 'remote') => void;
}

/** Balances one model over its endpoints. */
export class Router implements ModelRouter {
  readonly model: string;
  readonly endpoints: readonly Endpoint[];
  readonly forwardsCredential: boolean;
  readonly #options: RouterOptions;
  readonly #choose: Choose;
  readonly #isTiered: boolean;
  #members: readonly Member[];
  #selection: Selection;
  /** Undefined once another router hears of the members' troubles, and where tiers or limits decide as well. */
  #calm: CalmMembers | undefined;
  /** Made when the first change of another replica comes. */
  #byTarget: ReadonlyMap<string, Member> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.model = options.model;
    this.endpoints = options.endpoints;
    this.forwardsCredential = options.endpoints.some(({ credential }) => credential.kind === 'forward');
    const { random, shared } = options;
    this.#choose = STRATEGIES[options.strategy].create({ random, ...(shared && { phase: random }) });
    this.#members = options.endpoints.map((endpoint) => new Member(endpoint, options.settings, options.clock));
    this.#isTiered = new Set(this.#members.map(priorityOf)).size > 1;
    this.#selection = this.#selectionOf(this.#members);
    this.#listen();
  }

  get inFlight(): number {
    let requests = 0;
    for (const member of this.#members) requests += member.inFlight;
    return requests;
  }

  acquire(request: RouteRequest, tried: ReadonlySet<string>): Lease | undefined {
    const kept = this.#calm?.candidates(request, tried);
    if (kept) return (this.#calm?.due(request) ?? this.#choose(kept, request)?.member)?.lease(request);
    return select(this.#selection, request, tried)?.lease(request);
  }

  get queue(): FairQueue | undefined {
    return this.#options.queue;
  }

  canWait(request: RouteRequest, tried: ReadonlySet<string>): boolean {
    return this.queue !== undefined && isAdmitted(this.#members, request, tried);
  }

  /** Begins a check of an endpoint; of one that is well only with `all`. What it returns takes the outcome. */
  beginCheck(id: string, all: boolean): ((outcome: Outcome) => void) | undefined {
    const health = this.#memberWith(id)?.health;
    return health !== undefined && !health.byHand.isOut && (all || health.isOut) ? health.beginCheck() : undefined;
  }

  get strategy(): StrategyName {
    return this.#options.strategy;
  }

  /** The share of the requests that each endpoint is to get now; see `wantedShares`. */
  wantedShares(): ReadonlyMap<string, number | null> {
    return wantedShares(this.#options.strategy, this.#members);
  }

  /** Whether an endpoint beside this one admits. */
  othersAdmit(id: string): boolean {
    return this.#members.some(({ endpoint, health }) => endpoint.id !== id && health.admits(undefined));
  }

  /** An operator keeps an endpoint out for a while, here and at all replicas; undefined where it is none of this model. */
  ejectByHand(id: string, ms: number, by: string): HandChange | undefined {
    const member = this.#memberWith(id);
    return member && this.#decided(member, member.health.byHand.eject(ms, by));
  }

  /** An operator ends every ejection and pause of an endpoint, here and at all replicas. */
  admitByHand(id: string, by: string): HandChange | undefined {
    const member = this.#memberWith(id);
    return member && this.#decided(member, member.health.admitByHand(by));
  }

  refusal(request: RouteRequest): Refusal {
    const { ownerId } = request;
    const members = reachable(this.#members, request);
    const owner = members.filter(({ endpoint }) => endpoint.id === ownerId);
    const standings = (owner.length > 0 ? owner : members).map((member) => new Standing(member, request));
    return {
      retryAfterMs: Math.min(...standings.map(({ retryAfterMs }) => retryAfterMs)),
      callersLimit: standings.some(({ limited }) => limited),
    };
  }

  /** The request's key for the strategy `sticky`; undefined with any other strategy. */
  stickyKey(
    facts: Pick<RequestFacts, 'promptCacheKey' | 'user'>,
    header: (name: string) => string | undefined,
  ): string | undefined {
    const { strategy, stickyBy = BY_CACHE_KEY } = this.#options;
    return strategy === 'sticky' ? stickyKey(stickyBy, facts, header) : undefined;
  }

  /** What metrics need of each endpoint: none of the percentiles. */
  *readings(): Generator<EndpointReading> {
    for (const member of this.#members) yield readingOf(member);
  }

  /** What `mergedStats` needs of each endpoint. */
  parts(): EndpointPart[] {
    return this.#members.map((member) => partOf(member, this.#options.clock));
  }

  stats(): EndpointStats[] {
    return this.#members.map((member) => statsOf(member, this.#options.clock));
  }

  /**
   * Goes on with the counts, leases and health of the previous configuration's endpoints of the same id, and ends the
   * previous router's part in shared health. Health starts anew where address, credential or upstream model differ: what
   * was ejected may be mended. To be called before the first `acquire`.
   */
  inheritFrom(previous: Router): void {
    const { settings, clock } = this.#options;
    const known = new Map(previous.#members.map((member) => [member.endpoint.id, member]));
    previous.close();
    this.#members = this.endpoints.map((endpoint) => new Member(endpoint, settings, clock, known.get(endpoint.id)));
    this.#selection = this.#selectionOf(this.#members);
    this.#byTarget = undefined;
    this.#watch();
  }

  /** Ends the subscription to shared health; leases that are still out stay valid. */
  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#calm = undefined;
  }

  #selectionOf(members: readonly Member[]): Selection {
    const { rooms, strategy, model } = this.#options;
    const common = { members, choose: this.#choose, isTiered: this.#isTiered, isLimited: this.queue !== undefined };
    if (rooms === undefined) return common;
    for (const member of members) member.room = rooms.of(member.endpoint, model);
    // A key stays where it is, as long as there is room.
    return { ...common, rooms: strategy === 'sticky' ? 'left-out' : 'shares' };
  }

  #listen(): void {
    const { shared } = this.#options;
    this.#watch();
    if (shared === undefined) return;
    this.#unsubscribe = shared.subscribe((id, change) => this.#apply(id, change));
    void this.#load(shared);
  }

  async #load(shared: SharedHealth): Promise<void> {
    try {
      for (const [id, change] of await shared.load()) this.#apply(id, change);
    } catch {
      // Without the shared state this replica learns from its own requests.
    }
  }

  #memberWith(id: string): Member | undefined {
    return this.#members.find(({ endpoint }) => endpoint.id === id);
  }

  #decided(member: Member, change: HandChange): HandChange {
    const { clock, onChange } = this.#options;
    this.#calm?.trouble(member);
    onChange?.(member.endpoint, change, 'local');
    const ttlMs = change.state === 'ejected' ? change.until - clock.now() : 0;
    void this.#publish(handName(member.endpoint.id), change, ttlMs);
    return change;
  }

  #applyHand(id: string, change: HandChange): void {
    const member = this.#memberWith(id);
    if (!member?.health.applyHand(change)) return;
    this.#calm?.trouble(member);
    this.#options.onChange?.(member.endpoint, change, 'remote');
  }

  #apply(id: string, value: unknown): void {
    const hand = readHandChange(value);
    if (hand && this.#unsubscribe) this.#applyHand(idInHandName(id), hand);
    const change = readHealthChange(value);
    if (change === undefined || this.#unsubscribe === undefined) return;
    // A fleet sends every change to every replica: it is not looked for among all members.
    const suffix = sharedName('', change);
    if (!id.endsWith(suffix)) return;
    const member = this.#targets().get(id.slice(0, id.length - suffix.length));
    member?.health.apply(change, this.#options.random());
  }

  #targets(): ReadonlyMap<string, Member> {
    this.#byTarget ??= new Map(this.#members.map((member) => [member.targetId, member]));
    return this.#byTarget;
  }

  #watch(): void {
    const { onChange, clock, queue, rooms } = this.#options;
    if (queue) {
      queue.hasRoom = () =>
        this.#members.some(
          ({ isFull, health }) => !isFull && !health.byHand.isOut && health.whole.state === 'admitting',
        );
      for (const member of this.#members) member.onReleased = () => queue.wakeSoon();
    }
    const calm = this.#isTiered || queue || rooms ? undefined : new CalmMembers(this.#members, clock);
    this.#calm = calm;
    for (const member of this.#members) {
      const { endpoint, targetId, health } = member;
      health.onPause = () => calm?.trouble(member);
      health.onChange = (change, origin) => {
        calm?.trouble(member);
        onChange?.(endpoint, change, origin);
        if (origin === 'remote') return;
        void this.#publish(
          sharedName(targetId, change),
          change,
          change.state === 'ejected' ? change.until - clock.now() : 0,
        );
      };
    }
  }

  async #publish(id: string, change: SharedChange, ttlMs: number): Promise<void> {
    try {
      await this.#options.shared?.publish(id, change, ttlMs);
    } catch {
      // The other replicas then learn from their own requests.
    }
  }
}

export function createRouter(options: RouterOptions): Router {
  return new Router(options);
}
