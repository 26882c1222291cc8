import { ownKeyOf } from '../../core/credential.ts';
import type { NanoUsd } from '../../core/money.ts';
import { OUTCOMES } from '../../core/outcome.ts';
import type { BilledCall, Payer } from '../../generation/payer.ts';
import { canonicalProvider } from '../../core/provider-names.ts';
import { chargesOf, type LevelLimits } from '../../governance/limits/chain.ts';
import { LimitLease } from '../../governance/limits/limit-lease.ts';
import type { Charged, Counters, Reservation } from '../../governance/limits/types.ts';
import type { Holder } from '../../governance/lookup.ts';
import { type BilledAttempt, bookAttempts, type Booking } from '../../usage/booking.ts';
import type { RequestContext } from '../context.ts';
import { ledgerRow, savedBooking, type Settled } from './ledger-entry.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import type { GovernedTools } from './tools.ts';

/**
 * What one request owes: the one place that counts it, charges what its generations cost to every level of its caller's
 * chain, and writes its row of the ledger, once the request and all that it started have ended.
 */
export class RequestAccount {
  /** Limits of the levels above the caller, in the order key, user, team, customer. */
  readonly chain: readonly LevelLimits[];
  readonly holder: Holder | undefined;
  readonly #tools: GovernedTools;
  readonly #attempts: BilledAttempt[] = [];
  #lease: LimitLease | undefined;
  #reservation: Reservation | undefined;
  #model: string | undefined;
  #charged = 0;
  #running = 0;
  #isHandedOver = false;
  #lastCall: BilledCall | undefined;
  #booking: Booking | undefined;
  #settled: Settled | undefined;

  constructor(tools: GovernedTools, holder: Holder | undefined) {
    this.#tools = tools;
    this.holder = holder;
    const levels = holder?.levels ?? [];
    this.chain = levels.flatMap(({ id }) => tools.book.limitsOf(id) ?? []);
  }

  /** The request was counted. */
  admitted(reservation: Reservation, { counters }: { readonly counters: Counters }): void {
    this.#reservation = reservation;
    this.#lease = new LimitLease(counters, reservation);
  }

  /** What was counted for a model that did not answer: another one is counted in its place. */
  giveBack(): void {
    void this.#lease?.giveBack();
    this.#lease = undefined;
    this.#reservation = undefined;
  }

  /** For a generation that the request starts; `model` is the public name of its model. */
  payer(model: string): Payer {
    this.#running += 1;
    this.#model = model === '' ? undefined : model;
    let isOpen = true;
    return {
      booked: (calls) => {
        if (!isOpen) return;
        isOpen = false;
        this.#running -= 1;
        // Another replica has made the answer, or no endpoint was asked.
        if (calls.length > 0) this.#charge(calls, model);
        this.#finish();
      },
    };
  }

  /** What was charged for the request so far; null = unknown. */
  get cost(): NanoUsd | null {
    return this.#booking ? this.#booking.cost : 0n;
  }

  /** What the answer has cost, or had cost where the cache or another request's generation gave it; null = unknown. */
  costOfAnswer(context: RequestContext): NanoUsd | null {
    const saved = savedBooking(context, this.#tools);
    return saved ? saved.savedByCache : (this.#booking?.cost ?? null);
  }

  /** Another exchange does the work of this one, and has the row of both in the ledger. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** The exchange is over. What it has started may go on for others. */
  settle(context: RequestContext, { at, ms }: Omit<Settled, 'context'>): void {
    this.#settled = { context, at, ms };
    this.#dispose(context);
    this.#finish();
  }

  #charge(calls: readonly BilledCall[], model: string): void {
    for (const call of calls) {
      this.#lastCall = call;
      this.#attempts.push(this.#billed(call, model));
    }
    const booking = bookAttempts(this.#attempts);
    this.#booking = booking;
    const monthly = this.#tools.monthly.counted(this.holder);
    const chain = monthly ? [...this.chain, monthly] : this.chain;
    for (const attempt of booking.attempts.slice(this.#charged)) {
      const tokens = BigInt(attempt.input + attempt.output);
      // A key of the user's own pays for itself.
      const usage = { tokens, costNano: isOwn(attempt) ? 0n : attempt.cost };
      this.#pay(chargesOf(chain, { model: model || undefined, provider: attempt.provider }, usage));
    }
    this.#charged = booking.attempts.length;
  }

  #pay(charges: ReturnType<typeof chargesOf>): void {
    const { holder } = this;
    if (charges.length === 0 || holder === undefined) return;
    const { counters, watch } = this.#tools;
    const charged = counters.charge(charges);
    if (charged instanceof Promise) void this.#report(charged, holder);
    else watch.charged(charged, holder);
  }

  async #report(charged: Promise<readonly Charged[]>, holder: Holder): Promise<void> {
    this.#tools.watch.charged(await charged, holder);
  }

  #billed(call: BilledCall, asked: string): BilledAttempt {
    const { endpoint, outcome, usage, estimated, billed, model: used, hedge } = call;
    const model = used ?? asked;
    const provider = providerOfEndpoint(endpoint, model);
    const own = used === undefined ? { endpointPrice: endpoint.price } : {};
    const upstream = used ?? endpoint.upstreamModel ?? model;
    return {
      model,
      provider,
      endpoint: endpoint.id,
      credential: ownKeyOf(endpoint.credential)?.id ?? (endpoint.credential.kind === 'key' ? SYSTEM : null),
      error: billed || outcome === 'ok' ? null : outcome,
      free: !billed && outcome === 'ok',
      usage,
      estimated,
      hedge,
      price: this.#tools.prices.find({ model: upstream, publicName: model, provider, ...own }),
    };
  }

  /** A request counts unless upstream failed it, or a later gate refused it. */
  #dispose(context: RequestContext): void {
    const lease = this.#lease;
    if (lease === undefined) return;
    void (this.#isFailed(context) ? lease.giveBack() : lease.settle([]));
    const others = this.#ofOtherProviders(context);
    if (others && !this.#isFailed(context)) void this.#tools.counters.giveBack(others);
  }

  #isFailed({ status, cacheStatus, startsGeneration }: RequestContext): boolean {
    if (cacheStatus === 'hit' || cacheStatus === 'stale') return false;
    const call = startsGeneration ? this.#lastCall : undefined;
    if (call) {
      const { fault } = OUTCOMES[call.outcome];
      return !call.billed && fault !== 'client' && fault !== 'none';
    }
    return status >= 500 || REFUSALS.has(status);
  }

  /** Requests that were counted against limits of providers that have not answered. */
  #ofOtherProviders({ endpoint, model, facts }: RequestContext): Reservation | undefined {
    const reservation = this.#reservation;
    const taken = reservation?.taken.filter(({ limit }) => limit.scope?.kind === 'provider') ?? [];
    if (reservation === undefined || taken.length === 0) return undefined;
    const asked = this.#lastCall?.endpoint ?? model?.router.endpoints.find(({ id }) => id === endpoint);
    const used = new Set(asked ? [providerOfEndpoint(asked, facts?.model ?? '')] : []);
    const others = taken.filter(({ limit }) => !used.has(canonicalProvider(limit.scope?.name ?? '')));
    return others.length === 0 ? undefined : { id: reservation.id, taken: others, slots: [] };
  }

  #finish(): void {
    const settled = this.#settled;
    if (settled === undefined || this.#running > 0) return;
    this.#settled = undefined;
    if (this.#isHandedOver) return;
    const { context } = settled;
    const { row, booking } = ledgerRow(settled, this.#tools, {
      holder: this.holder,
      booking: this.#booking,
      model: this.#model,
    });
    const { watch, ledger } = this.#tools;
    if (booking.unknown !== undefined) watch.unpriced(booking.unknown, row.model ?? '');
    if (booking.clamped.length > 0) watch.impossibleUsage(context.id, booking.clamped);
    ledger.append(row);
  }
}

/** Of a key of the operator's, in the ledger. */
const SYSTEM = 'system';

function isOwn({ credential }: Pick<BilledAttempt, 'credential'>): boolean {
  return credential !== null && credential !== SYSTEM;
}

const REFUSALS: ReadonlySet<number> = new Set([401, 402, 403, 429]);
