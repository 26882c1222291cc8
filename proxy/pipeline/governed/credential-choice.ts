import { type ErrorCode, ProxyError } from '../../core/errors.ts';
import type { CredentialEntry } from '../../governance/credentials/types.ts';
import type { RequestContext } from '../context.ts';
import { narrowedTo } from '../narrowed-model.ts';
import type { Principal } from '../principal.ts';
import type { ModelRuntime } from '../runtime.ts';
import { type CredentialTools, OwnKeys } from './own-keys.ts';
import { keepToPlan, planVerdict } from './plan-gate.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

/** What callers choose a stored key with: its id, `default` or `system`. */
export const CREDENTIAL_HEADER = 'x-llmproxy-credential';

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

/** Which stored keys a request is to use. */
export type Choice =
  /** The operator's alone. */
  | { readonly kind: 'system' }
  /** This one, at the endpoints that take it. */
  | { readonly kind: 'named'; readonly entry: CredentialEntry }
  /** The user's active ones, the default first, then the oldest. */
  | { readonly kind: 'automatic'; readonly entries: readonly CredentialEntry[] };

/** What of a request its choice depends on. */
export type Choosing = Pick<RequestContext, 'principal' | 'bound' | 'stored' | 'passthrough'> & {
  readonly head: Pick<RequestContext['head'], 'headers'>;
};

const SYSTEM: Choice = { kind: 'system' };

/**
 * What the request chooses, without its model. Throws ProxyError 400 `invalid_value`, 401 `user_required`, 403 `plan_restriction`,
 * 404 `credential_not_found`, 403 `credential_inactive`.
 */
export function choiceOf(context: Choosing, tools: CredentialTools): Choice {
  const { head, principal, bound, stored, passthrough } = context;
  // A thing that is kept is read, changed and deleted with the key that made it, whatever the header says.
  const asked = bound && (stored ?? passthrough) ? undefined : head.headers[CREDENTIAL_HEADER];
  if (asked === undefined) return bound ? boundTo(bound.credential, tools) : automatic(principal, tools);
  const name = typeof asked === 'string' ? asked.trim() : '';
  if (name === 'system') return SYSTEM;
  return name === 'default' ? defaultOf(principal, tools) : byId(name, principal, tools);
}

function defaultOf(principal: Principal | undefined, tools: CredentialTools): Choice {
  const user = principal?.holder?.user;
  const entry = user && tools.directory.ofUser(user.id).find(({ isDefault, isActive }) => isDefault && isActive);
  if (entry === undefined) return SYSTEM;
  assertPlan(principal, tools);
  return { kind: 'named', entry };
}

function byId(name: string, principal: Principal | undefined, tools: CredentialTools): Choice {
  const user = principal?.holder?.user;
  if (!UUID.test(name)) {
    throw refusal('invalid_value', `\`${CREDENTIAL_HEADER}\` takes the id of a credential, 'default' or 'system'.`);
  }
  if (user === undefined) {
    throw refusal('user_required', 'A stored credential is used with a virtual key that has a user.');
  }
  assertPlan(principal, tools);
  const entry = tools.directory.find(name.toLowerCase());
  if (entry === undefined || entry.ownerKind !== 'user' || entry.ownerId !== user.id) {
    throw refusal('credential_not_found', `No credential '${name}' exists.`);
  }
  if (!entry.isActive) throw refusal('credential_inactive', `The credential '${name}' is switched off.`);
  return { kind: 'named', entry };
}

/** What was made with a key is reached with this key alone. */
function boundTo(id: string | undefined, { directory }: CredentialTools): Choice {
  const entry = id === undefined ? undefined : directory.find(id);
  if (entry === undefined) return SYSTEM;
  if (!entry.isActive) throw refusal('credential_inactive', `The credential '${entry.id}' is switched off.`);
  return { kind: 'named', entry };
}

function automatic(principal: Principal | undefined, tools: CredentialTools): Choice {
  const user = principal?.holder?.user;
  if (user === undefined) return SYSTEM;
  const entries = tools.directory.ofUser(user.id);
  if (entries.length === 0 || !mayUseOwn(principal, tools)) return SYSTEM;
  const active = entries.filter(({ isActive }) => isActive);
  return active.length === 0 ? SYSTEM : { kind: 'automatic', entries: active };
}

function mayUseOwn(principal: Principal | undefined, tools: CredentialTools): boolean {
  return tools.allowsOwn(principal?.holder?.customer?.plan ?? null);
}

function assertPlan(principal: Principal | undefined, tools: CredentialTools): void {
  if (mayUseOwn(principal, tools)) return;
  const message = 'PLAN RESTRICTION: the plan of this customer does not include stored credentials of its users.';
  throw refusal('plan_restriction', message);
}

/** One a provider: the default, else the one that names the model, else the oldest. */
export function preferred(entries: readonly CredentialEntry[], model: string): Map<string, CredentialEntry> {
  const found = new Map<string, CredentialEntry>();
  for (const entry of entries) {
    const known = found.get(entry.provider);
    const isBetter = known?.isDefault === false && known.modelName !== model && entry.modelName === model;
    if (known === undefined || isBetter) found.set(entry.provider, entry);
  }
  return found;
}

function refusal(code: ErrorCode, message: string): ProxyError {
  return new ProxyError(code, message, { headers: DO_NOT_RETRY });
}

/**
 * Gate 4, behind the caller's plan: decides which keys the request goes on with. Where its model is known, a credential that is named
 * leaves the endpoints that take it, and no other. Throws ProxyError, `credential_provider_mismatch` included.
 */
export function chooseKeys(context: RequestContext, tools: GovernedTools): void {
  try {
    const verdict = planVerdict(context, tools);
    // A secret of the provider's takes the place of every key.
    if (context.passthrough?.clientSecret === undefined) choose(context, tools);
    keepToPlan(context, verdict, tools);
  } catch (error) {
    if (error instanceof ProxyError) tools.watch.refused(error.code);
    throw error;
  }
}

function choose(context: RequestContext, { credentials }: GovernedTools): void {
  const { model, facts, principal } = context;
  const userId = principal?.holder?.user?.id;
  if (credentials === undefined) return;
  const choice = choiceOf(context, credentials);
  if (choice.kind === 'system' || userId === undefined) return;
  const name = facts?.model ?? '';
  const named = choice.kind === 'named' ? choice.entry : undefined;
  const entries = choice.kind === 'named' ? [choice.entry] : choice.entries;
  const keys = new OwnKeys(userId, name, preferred(entries, name), {
    tools: credentials,
    named,
    fallback: credentials.fallback && context.bound === undefined,
  });
  if (model === undefined) context.keys = keys;
  else useAt(context, model, keys);
}

function useAt(context: RequestContext, model: ModelRuntime, keys: OwnKeys): void {
  const { endpoints } = model.router;
  const taking = endpoints.filter((endpoint) => keys.entryFor(endpoint) !== undefined);
  if (taking.length === 0 && keys.named === undefined) return;
  if (taking.length === 0) throw keys.mismatch();
  context.keys = keys;
  if (keys.named && taking.length < endpoints.length) {
    context.model = narrowedTo(model, new Set(taking.map(({ id }) => id)));
  }
}
