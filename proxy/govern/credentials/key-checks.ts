import type { Config } from '../../config/config.ts';
import type { TimerClock } from '../../core/clock.ts';
import type { KeyHolder } from '../../governance/lookup.ts';
import { answerUsage } from '../../protocols/answer-usage.ts';
import { credentialProvider } from '../../providers/credential-names.ts';
import type { UpstreamClient } from '../../upstream/client.ts';
import { bookAttempts, bookedMembers, type Booking } from '../../usage/booking.ts';
import { type LedgerRow, newLedgerId } from '../../usage/ledger.ts';
import type { PriceTable } from '../../usage/price-table.ts';
import type { Place } from '../batches/batch-price.ts';
import { askProvider } from './ask-provider.ts';
import { cheapestRequest } from './cheapest-request.ts';
import { keyTarget, type KeyTarget } from './key-target.ts';
import { sentenceOn, type CheckError, type Verdict, verdictOn } from './verdict.ts';

/** A key that is to be tried once. */
export interface KeyCheck {
  /** Canonical name of its provider. */
  readonly provider: string;
  readonly key: string;
  /** Null = the provider's default. */
  readonly model: string | null;
  /** Id of the stored credential that it is; null = it is stored nowhere. */
  readonly credential: string | null;
  readonly requestId: string;
  /** Left out = an operator's key, which is no user's. */
  readonly holder?: KeyHolder;
}

/** A key with the place to try it at. */
export interface PlacedCheck {
  readonly check: KeyCheck;
  readonly target: KeyTarget;
  readonly model: string;
  /** What the caller calls the provider, and how sentences do. */
  readonly word: string;
  readonly display: string;
}

export interface CheckResult {
  readonly is_valid: boolean;
  readonly provider: string;
  readonly model_name: string | null;
  /** A sentence of ours; null where nothing is wrong. */
  readonly error_message: string | null;
  readonly error_kind: CheckError | null;
  readonly details: {
    /** Of the provider's answer; null = there was none. */
    readonly status: number | null;
    readonly latency_ms: number;
  };
}

/** What is in force: the configuration, its endpoints, the prices. */
export interface CheckSettings {
  readonly config: Pick<Config, 'providers' | 'models' | 'credentials'>;
  readonly places: readonly Place[];
  readonly prices: Pick<PriceTable, 'find'>;
}

export interface KeyChecksOptions {
  readonly upstream: Pick<UpstreamClient, 'send'>;
  readonly clock: TimerClock;
  readonly ledger: { append(row: LedgerRow): void };
}

/** What rows of the ledger have as their `task`. They are booked and charged to no budget. */
export const VALIDATE_TASK = 'validate';

/** Tries keys of users at their providers, with the cheapest completion there is. */
export class KeyChecks {
  readonly #options: KeyChecksOptions;

  constructor(options: KeyChecksOptions) {
    this.#options = options;
  }

  /** Never rejects for what the provider does. */
  async check(check: KeyCheck, settings: CheckSettings): Promise<CheckResult> {
    const { config, places } = settings;
    const known = credentialProvider(config.providers, check.provider);
    const display = known?.display ?? 'The provider';
    const word = known?.word ?? check.provider;
    const target = keyTarget(check.provider, check.model ?? undefined, config, places);
    const model = check.model ?? known?.defaultModel ?? modelAt(target);
    if (target !== undefined && model !== undefined) {
      return this.checkAt({ check, target, model, word, display }, settings);
    }
    return {
      is_valid: false,
      provider: word,
      model_name: model ?? null,
      error_message: `The configuration names no ${target ? 'model' : 'address'} of ${display}.`,
      error_kind: target ? 'not_found' : 'unreachable',
      details: { status: null, latency_ms: 0 },
    };
  }

  /** The same where it is known whom to ask for which model. */
  async checkAt({ check, target, model, word, display }: PlacedCheck, settings: CheckSettings): Promise<CheckResult> {
    const { clock, ledger } = this.#options;
    const [at, started] = [clock.now(), clock.monotonic()];
    const wanted = cheapestRequest(target, check.key, model);
    const call = await askProvider(this.#options, target, wanted, settings.config.credentials.validateTimeoutMs);
    const latency = Math.round(clock.monotonic() - started);
    const verdict = verdictOn(target, call, clock.now());
    const booking = this.#booked({ check, target, model, verdict }, settings);
    ledger.append(ledgerRow(check, { target, model, at, latency }, booking));
    return {
      is_valid: verdict.isValid,
      provider: word,
      model_name: model,
      error_message: sentenceOn(verdict, display),
      error_kind: verdict.kind,
      details: { status: call.end === 'answered' ? call.status : null, latency_ms: latency },
    };
  }

  #booked(
    made: { check: KeyCheck; target: KeyTarget; model: string; verdict: Verdict },
    { prices }: CheckSettings,
  ): Booking {
    const { check, target, model, verdict } = made;
    const endpointPrice = target.place?.model === model ? target.place.endpoint.price : undefined;
    const question = { model: target.upstreamModel ?? model, publicName: model, provider: check.provider };
    return bookAttempts([
      {
        model,
        provider: check.provider,
        endpoint: target.id,
        credential: check.credential,
        error: verdict.outcome === 'ok' ? null : verdict.outcome,
        usage: verdict.answer && answerUsage(verdict.answer),
        price: prices.find({ ...question, endpointPrice }),
      },
    ]);
  }
}

/** The model of the endpoint that stands for the provider. */
function modelAt(target: KeyTarget | undefined): string | undefined {
  const model = target?.place?.model;
  return model === '*' ? undefined : model;
}

function ledgerRow(
  { provider, credential, requestId, holder }: KeyCheck,
  { target, model, at, latency }: { target: KeyTarget; model: string; at: number; latency: number },
  booking: Booking,
): LedgerRow {
  return {
    id: newLedgerId(at),
    requestId,
    at,
    virtualKeyId: holder?.key.id ?? null,
    userId: holder?.user?.id ?? null,
    teamId: holder?.team?.id ?? null,
    customerId: holder?.customer?.id ?? null,
    userLabel: null,
    service: null,
    task: VALIDATE_TASK,
    operation: 'validate',
    endpoint: target.id,
    modelAsked: model,
    model,
    provider,
    credential,
    complexity: null,
    tier: null,
    savedByRouting: null,
    ...bookedMembers(booking),
    status: 200,
    errorCode: null,
    latencyMs: latency,
  };
}
