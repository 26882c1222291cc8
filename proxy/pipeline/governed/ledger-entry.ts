import type { Holder } from '../../governance/lookup.ts';
import { type Booking, bookAttempts, bookedMembers, bookSaved } from '../../usage/booking.ts';
import { possibleUsage } from '../../usage/usage.ts';
import { type LedgerAttempt, type LedgerRow, newLedgerId } from '../../usage/ledger.ts';
import { CLIENT_CLOSED_REQUEST, type RequestContext } from '../context.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import { routedMembers } from './routed.ts';
import type { GovernedTools } from './tools.ts';

/** What a client says of its user. */
const LABEL = 'x-bf-user';
/** Characters of what a client says of itself. */
const MOST_LABEL = 255;

type Served = Pick<LedgerRow, 'model' | 'provider' | 'endpoint' | 'credential'>;

/** A request that is over. */
export interface Settled {
  readonly context: RequestContext;
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  readonly ms: number;
}

interface Booked {
  readonly holder: Holder | undefined;
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
  const booking = bookingOf(context, tools, booked.booking);
  const last = booking.attempts.at(-1);
  const { facts } = context;
  const { key, user, team, customer } = booked.holder ?? {};
  const served = last === undefined ? servedBy(context, booked.model) : askedOf(last);
  const row: LedgerRow = {
    id: newLedgerId(at),
    requestId: context.id,
    at,
    virtualKeyId: key?.id ?? null,
    userId: user?.id ?? null,
    teamId: team?.id ?? null,
    customerId: customer?.id ?? null,
    ...saidOf(context),
    operation: context.operation,
    endpoint: served.endpoint,
    modelAsked: named(facts?.writtenModel ?? facts?.model),
    model: served.model,
    provider: served.provider,
    credential: served.credential,
    ...routedMembers(context, booking),
    ...bookedMembers(booking),
    ...tokensOf(context, booking),
    ...endOf(context),
    latencyMs: ms,
  };
  return { row, booking };
}

/** What was paid for. In the rows of services an answer of the cache has its own tokens, as it has its cost. */
function tokensOf(
  { gateway, usage }: RequestContext,
  { cached, inputTokens, cachedTokens, outputTokens }: Booking,
): Pick<LedgerRow, 'inputTokens' | 'cachedTokens' | 'outputTokens'> {
  if (gateway === undefined || !cached) return { inputTokens, cachedTokens, outputTokens };
  const { input = 0, cachedInput = 0, output = 0 } = possibleUsage(usage ?? {});
  return { inputTokens: input, cachedTokens: cachedInput, outputTokens: output };
}

/** What the caller says of its user and of the request. */
function saidOf(context: RequestContext): Pick<LedgerRow, 'userLabel' | 'service' | 'task' | 'promptPreview'> {
  const { gateway } = context;
  if (gateway === undefined)
    return { userLabel: labelOf(context), service: null, task: context.auto?.decision.task ?? null };
  const { asked, preview } = gateway;
  const said = { userLabel: asked.user_id, service: asked.service, task: asked.task_type };
  return preview === undefined ? said : { ...said, promptPreview: preview };
}

function endOf({ status, errorCode }: RequestContext): Pick<LedgerRow, 'status' | 'errorCode'> {
  return { status: status === 0 ? CLIENT_CLOSED_REQUEST : status, errorCode: errorCode ?? null };
}

function askedOf({ model, provider, endpoint, credential }: LedgerAttempt): Served {
  return { model: named(model), provider, endpoint, credential };
}

/** What a request asked for that no endpoint was asked for. */
function servedBy(context: RequestContext, model: string | undefined): Served {
  const name = model ?? context.facts?.model;
  return {
    model: named(name),
    provider: servedProvider(context),
    endpoint: context.endpoint ?? null,
    credential: null,
  };
}

function bookingOf(context: RequestContext, tools: GovernedTools, booked: Booking | undefined): Booking {
  const saved = savedBooking(context, tools);
  if (booked === undefined) return saved ?? bookAttempts([]);
  // An old answer stands in for a generation that failed.
  return saved && context.cacheStatus === 'stale'
    ? { ...booked, cached: true, savedByCache: saved.savedByCache }
    : booked;
}

/** Of a request that the cache, or the generation of another, has answered. */
export function savedBooking(context: RequestContext, { prices }: GovernedTools): Booking | undefined {
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
  const given = (raw && writtenLabel(raw)) ?? headers[LABEL];
  return typeof given === 'string' && given !== '' ? given.slice(0, MOST_LABEL) : null;
}

/** Node joins or drops headers that come twice; the first one counts, and those that endpoints see have none. */
function writtenLabel(raw: readonly string[]): string | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (name.length === LABEL.length && name.toLowerCase() === LABEL) return raw[at + 1];
  }
  return undefined;
}

function named(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
