import type { KeyHolder } from '../../governance/lookup.ts';
import { type Booking, bookAttempts, bookSaved } from '../../usage/booking.ts';
import { type LedgerRow, newLedgerId } from '../../usage/ledger.ts';
import { CLIENT_CLOSED_REQUEST, type RequestContext } from '../context.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import type { GovernedTools } from './tools.ts';

/** Characters of what a client says of itself. */
const MOST_LABEL = 255;

/** A request that is over. */
export interface Settled {
  readonly context: RequestContext;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  readonly ms: number;
}

interface Booked {
  readonly holder: KeyHolder | undefined;
  readonly booking: Booking | undefined;
  /** Public name of the model of its generations. */
  readonly model: string | undefined;
}

/** The row of a request that has ended, with what it cost or what it was spared. */
export function ledgerRow(
  { context, at, ms }: Settled,
  tools: GovernedTools,
  booked: Booked,
): { readonly row: LedgerRow; readonly booking: Booking } {
  const { holder } = booked;
  const booking = booked.booking ?? savedBooking(context, tools) ?? bookAttempts([]);
  const last = booking.attempts.at(-1);
  const endpoint = last?.endpoint ?? context.endpoint ?? null;
  const row: LedgerRow = {
    id: newLedgerId(at),
    requestId: context.id,
    at,
    virtualKeyId: holder?.key.id ?? null,
    userId: holder?.user?.id ?? null,
    teamId: holder?.team?.id ?? null,
    customerId: holder?.customer?.id ?? null,
    userLabel: labelOf(context),
    service: null,
    task: null,
    operation: context.operation,
    endpoint,
    modelAsked: context.facts?.writtenModel ?? emptyToNull(context.facts?.model),
    model: emptyToNull(last?.model ?? booked.model ?? context.facts?.model),
    provider: last?.provider ?? servedProvider(context),
    credential: last?.credential ?? null,
    complexity: null,
    tier: null,
    inputTokens: booking.inputTokens,
    cachedTokens: booking.cachedTokens,
    outputTokens: booking.outputTokens,
    cost: booking.cost,
    savedByRouting: null,
    savedByCache: booking.savedByCache,
    priceSource: booking.priceSource,
    usageSource: booking.usageSource,
    cached: booking.cached,
    status: context.status === 0 ? CLIENT_CLOSED_REQUEST : context.status,
    errorCode: context.errorCode ?? null,
    latencyMs: ms,
    attempts: booking.attempts,
  };
  return { row, booking };
}

/** Of a request that the cache, or the generation of another, has answered. */
function savedBooking(context: RequestContext, { prices }: GovernedTools): Booking | undefined {
  const { cacheStatus, facts, usage, status } = context;
  if (status >= 400) return undefined;
  if (cacheStatus !== 'hit' && cacheStatus !== 'stale' && cacheStatus !== 'joined') return undefined;
  const endpoint = servedEndpoint(context);
  const model = facts?.model ?? '';
  const price = prices.find({
    model: endpoint?.upstreamModel ?? model,
    publicName: model,
    ...(endpoint ? { provider: providerOfEndpoint(endpoint, model), endpointPrice: endpoint.price } : {}),
  });
  return bookSaved({ usage, price });
}

function servedEndpoint({ endpoint, model }: RequestContext) {
  return model?.router.endpoints.find(({ id }) => id === endpoint);
}

function servedProvider(context: RequestContext): string | null {
  const endpoint = servedEndpoint(context);
  return endpoint ? providerOfEndpoint(endpoint, context.facts?.model ?? '') : null;
}

function labelOf({ head }: RequestContext): string | null {
  const { raw, headers } = head;
  const at = raw?.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-bf-user') ?? -1;
  const given = at === -1 ? headers['x-bf-user'] : raw?.[at + 1];
  return typeof given === 'string' && given !== '' ? given.slice(0, MOST_LABEL) : null;
}

function emptyToNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
