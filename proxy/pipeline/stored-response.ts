import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import { type CandidateLease, type Candidates, ModelCandidates } from '../generation/candidates.ts';
import { Generation } from '../generation/generation.ts';
import type { OpaqueRequest } from '../generation/opaque-request.ts';
import { accountOf } from '../routing/account.ts';
import { type HeldBody, ReceivedRequest } from '../wire/http.ts';
import { NO_FINDER } from '../wire/model-finder.ts';
import type { RequestContext } from './context.ts';
import { forgetAnswer } from './forget.ts';
import { keptAnswer } from './kept-responses.ts';
import { opaqueFacts } from './opaque-facts.ts';
import { responseNotFound } from './owned/not-yours.ts';
import { assertOwn } from './owned/ownership.ts';
import { respond } from './respond.ts';
import type { Runtime } from './runtime.ts';

/** What is known of a request about a stored response. */
export interface StoredState {
  readonly body: HeldBody | undefined;
  candidates: Candidates | undefined;
}

/** Health that requests about stored responses share with those that create them. */
const FAMILY = 'responses';
const NOT_FOUND = 404;

/** Errors that concern the account or the moment, not the response: another account may know better. */
const INCONCLUSIVE = new Set([401, 402, 403, NOT_FOUND, 408, 424, 425, 429, 498]);

/** Reads the bounded body, which is passed on as it is. */
export async function receiveStored(context: RequestContext, { bodyLimit }: Runtime): Promise<void> {
  const body = await context.source.inspect({ finder: NO_FINDER, replayLimit: bodyLimit, bodyLimit });
  context.stored = { body: body.bytes === 0 ? undefined : body, candidates: undefined };
}

/** Finds whether the proxy keeps the response, the endpoint that owns it, else one endpoint of each account that might. */
export async function resolveStored(context: RequestContext, runtime: Runtime): Promise<void> {
  const answer = await keptAnswer(context, runtime);
  if (answer) {
    context.kept = { answer };
    return;
  }
  await assertOwn(context, runtime, [{ id: responseId(context), missing: responseNotFound }]);
  runtime.governed?.stages.chooseKeys(context, runtime.governed);
  const owner = await runtime.affinity.find([responseId(context)]);
  stateOf(context).candidates = new AccountCandidates(accounts(context, runtime, owner), responseId(context));
}

/** Starts the generation that asks them. */
export function forwardStored(context: RequestContext, runtime: Runtime): void {
  if (context.kept?.answer) return;
  const { id, protocol, head } = context;
  const { body, candidates } = stateOf(context);
  if (!candidates) throw new Error('forward runs after resolve');
  const opaque: OpaqueRequest = {
    family: FAMILY,
    api: protocol.family,
    model: undefined,
    inQuery: [],
    body,
    fresh: false,
    ...(head.method === 'DELETE' ? { learn: () => forgetStored(context, runtime) } : {}),
  };
  const request = {
    id,
    protocol,
    view: new ReceivedRequest(head, []),
    facts: opaqueFacts(),
    addsUsage: false,
    opaque,
    propagation: context.trace?.propagation,
  };
  context.generation = new Generation(
    {
      request,
      candidates,
      retainBytes: 0,
      payer: context.account?.payer(''),
    },
    runtime,
  );
  context.startsGeneration = true;
  context.generation.start();
}

/** Passes the answer on. A response that its provider does not have is given to no further request. */
export async function respondStored(context: RequestContext, runtime: Runtime): Promise<void> {
  await respond(context, runtime);
  if (context.kept) return;
  if (context.status === NOT_FOUND) forgetAnswer(responseId(context), runtime);
}

function forgetStored(context: RequestContext, runtime: Runtime): void {
  forgetAnswer(responseId(context), runtime);
  runtime.governed?.owners.forget(responseId(context));
}

function stateOf({ stored }: RequestContext): StoredState {
  if (!stored) throw new Error('the stage runs after receive');
  return stored;
}

function responseId({ subject = '' }: RequestContext): string {
  return subject;
}

function accounts(
  { head, protocol, keys }: RequestContext,
  { models, affinity }: Runtime,
  owner: string | undefined,
): ModelCandidates[] {
  const asked = new Map<string, ModelCandidates>();
  for (const model of models) {
    for (const endpoint of model.router.endpoints) {
      if (endpoint.keepsNoResponses || (keys?.named && !keys.entryFor(endpoint))) continue;
      const request = { operation: FAMILY, facts: opaqueFacts(), headers: head.headers, only: endpoint.id, keys };
      if (endpoint.id === owner) return [new ModelCandidates(model, request, affinity)];
      const account = accountOf(endpoint);
      if (!asked.has(account)) asked.set(account, new ModelCandidates(model, request, affinity));
    }
  }
  if (asked.size === 0) {
    if (keys?.named) throw keys.mismatch();
    throw new ProxyError('protocol_not_supported', `No endpoint speaks the API of this route (${protocol.id}).`);
  }
  return [...asked.values()];
}

/** One endpoint of each account, in turn. */
class AccountCandidates implements Candidates {
  readonly subject: string;
  readonly ownerUntried = false;
  readonly isOverBudget = false;
  readonly totalMs: number;
  readonly #accounts: ModelCandidates[];
  #asked: ModelCandidates[] = [];

  constructor(all: ModelCandidates[], id: string) {
    this.subject = `response '${id}'`;
    this.totalMs = Math.max(...all.map(({ totalMs }) => totalMs));
    this.#accounts = all;
  }

  prepare(): void {}

  next(): CandidateLease | undefined {
    for (let account = this.#accounts.shift(); account; account = this.#accounts.shift()) {
      const lease = account.next();
      this.#asked.push(account);
      if (lease) return lease;
    }
    return undefined;
  }

  mayGoOn({ kind, status }: Outcome): boolean {
    if (kind === 'client_left') return false;
    return status === undefined || status < 400 || status >= 500 || INCONCLUSIVE.has(status);
  }

  retryAfterMs(): number {
    return Math.min(...this.#asked.map((account) => account.retryAfterMs()));
  }

  unavailable(): ProxyError {
    return new ProxyError('no_endpoint_available', `No endpoint can be asked for ${this.subject} now.`, {
      headers: { 'retry-after': '1' },
    });
  }
}
