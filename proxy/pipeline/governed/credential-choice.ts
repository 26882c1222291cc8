import { type ErrorCode, ProxyError } from '../../core/errors.ts';
import type { CredentialEntry } from '../../governance/credentials/types.ts';
import { credentialWord } from '../../providers/credential-names.ts';
import type { RequestContext } from '../context.ts';
import type { Principal } from '../principal.ts';
import type { ModelRuntime } from '../runtime.ts';
import { type CredentialTools, OwnKeys } from './own-keys.ts';
import { narrowedTo } from './permitted-model.ts';
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

const SYSTEM: Choice = { kind: 'system' };

/**
 * What the request chooses, without its model. Throws ProxyError 400 `invalid_value`, 401 `user_required`, 403 `plan_restriction`,
 * 404 `credential_not_found`, 403 `credential_inactive`.
 */
export function choiceOf({ head, principal }: RequestContext, tools: CredentialTools): Choice {
  const asked = head.headers[CREDENTIAL_HEADER];
  if (asked === undefined) return automatic(principal, tools);
  const name = typeof asked === 'string' ? asked.trim() : '';
  if (name === 'system') return SYSTEM;
  const user = principal?.holder?.user;
  if (name === 'default') {
    const entry = user && tools.directory.ofUser(user.id).find(({ isDefault, isActive }) => isDefault && isActive);
    if (entry === undefined) return SYSTEM;
    assertPlan(principal, tools);
    return { kind: 'named', entry };
  }
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
  throw refusal('plan_restriction', 'The plan of this customer does not include stored credentials of its users.');
}

/**
 * The keys of the caller's own that endpoints of the model are asked with, and the model with the endpoints that are left: a
 * credential that is named is used at those alone that take it. Throws ProxyError `credential_provider_mismatch`.
 */
export function keysAt(
  choice: Choice,
  model: ModelRuntime,
  name: string,
  terms: { readonly principal: Principal | undefined; readonly tools: CredentialTools },
): { readonly model: ModelRuntime; readonly keys: OwnKeys | undefined } {
  const userId = terms.principal?.holder?.user?.id;
  if (choice.kind === 'system' || userId === undefined) return { model, keys: undefined };
  const entries = choice.kind === 'named' ? [choice.entry] : choice.entries;
  const keys = new OwnKeys(userId, name, preferred(entries, name), terms.tools);
  const { endpoints } = model.router;
  const taking = endpoints.filter((endpoint) => keys.entryFor(endpoint) !== undefined);
  if (choice.kind === 'automatic') return { model, keys: taking.length === 0 ? undefined : keys };
  if (taking.length === 0) throw mismatch(choice.entry, name);
  const within = new Set(taking.map(({ id }) => id));
  return { model: taking.length === endpoints.length ? model : narrowedTo(model, within), keys };
}

/** One a provider: the default, else the one that names the model, else the oldest. */
function preferred(entries: readonly CredentialEntry[], model: string): Map<string, CredentialEntry> {
  const found = new Map<string, CredentialEntry>();
  for (const entry of entries) {
    const known = found.get(entry.provider);
    const isBetter = known?.isDefault === false && known.modelName !== model && entry.modelName === model;
    if (known === undefined || isBetter) found.set(entry.provider, entry);
  }
  return found;
}

function mismatch({ id, provider }: CredentialEntry, model: string): ProxyError {
  const message = `The credential '${id}' is for ${credentialWord(provider)}, and no endpoint of the model '${model}' takes its keys.`;
  return refusal('credential_provider_mismatch', message);
}

function refusal(code: ErrorCode, message: string): ProxyError {
  return new ProxyError(code, message, { headers: DO_NOT_RETRY });
}

/** Gate 4: decides which keys the request goes on with, once its model is known. */
export function chooseKeys(context: RequestContext, { credentials, watch }: GovernedTools): void {
  const { model, facts, principal } = context;
  if (credentials === undefined || model === undefined) return;
  try {
    const choice = choiceOf(context, credentials);
    if (choice.kind === 'system') return;
    const chosen = keysAt(choice, model, facts?.model ?? '', { principal, tools: credentials });
    context.model = chosen.model;
    context.keys = chosen.keys;
  } catch (error) {
    if (error instanceof ProxyError) watch.refused(error.code);
    throw error;
  }
}
