import { ProxyError } from '../core/errors.ts';
import { estimatedCount } from './estimated-count.ts';
import { credentialDigest } from '../providers/credential-digest.ts';
import type { Protocol } from '../protocols/types.ts';
import { keepToEndpoint, noteEndpoint } from './chosen-endpoint.ts';
import type { RequestContext } from './context.ts';
import { asksForAuto, notForAuto } from './auto/auto-name.ts';
import { assertReferences } from './owned/asked-references.ts';
import type { GovernedTools } from './governed/tools.ts';
import { aliasedModel, cacheScopeOf, ownerOf, type Principal } from './principal.ts';
import type { ModelRuntime, Runtime } from './runtime.ts';

/** All callers that bring no credential of weight share this scope. */
const SHARED_SCOPE = 'shared';

/**
 * Finds the configured model that the request names, and whose cache entries its caller may see: where an endpoint
 * forwards the caller's own credential, an answer belongs to that credential. Only its digest is kept. Throws ProxyError also
 * where the request names what another caller had made.
 */
export function resolve(context: RequestContext, runtime: Runtime): void | Promise<void> {
  const { facts, protocol, principal } = context;
  if (!facts) throw new Error('resolve runs after receive');
  noteEndpoint(context, runtime);
  const asked = askedModel(context, facts.model, runtime);
  if (asksForAuto(asked, runtime)) return resolveAuto(context, runtime);
  const found = configuredModel(asked, runtime);
  const configured = permitted(found, publicName(found, asked), { principal, runtime });
  const answer = isServed(configured, protocol) ? undefined : estimatedCount(context);
  if (answer) context.kept = { answer };
  const model = answer ? configured : inProtocol(configured, protocol);
  context.model = model;
  const name = publicName(model, asked);
  if (name !== facts.model) context.facts = { ...facts, model: name, writtenModel: facts.writtenModel ?? facts.model };
  const { governed } = runtime;
  if (governed === undefined) {
    context.scope = scopeOf(context, model);
    keepToEndpoint(context);
    return undefined;
  }
  const pending = assertReferences(context, runtime);
  return pending instanceof Promise ? pending.then(() => choose(context, governed)) : choose(context, governed);
}

/** The model is the one that the proxy picks. */
async function resolveAuto(context: RequestContext, runtime: Runtime): Promise<void> {
  const tools = await runtime.auto?.tools();
  if (tools === undefined) throw new Error('auto is asked for where it is');
  await tools.stages.pick(context, runtime, tools);
  await assertReferences(context, runtime);
}

/** Which keys the endpoints are asked with, and whose cache entries the caller may then see. */
function choose(context: RequestContext, governed: GovernedTools): void {
  governed.stages.chooseKeys(context, governed);
  if (context.model) context.scope = scopeOf(context, context.model);
  keepToEndpoint(context);
}

/** The name of the model that a request asks for by this name: the caller's key may have another one for it. */
export function askedModel(context: RequestContext, written: string, runtime: Runtime): string {
  const asked = aliasedModel(context.principal, written);
  return runtime.governed?.stages.modelNamed(context, asked, runtime, runtime.governed) ?? asked;
}

/** The model with the endpoints alone that the caller may use. */
export function permitted(
  model: ModelRuntime,
  name: string,
  { principal, runtime: { governed } }: { readonly principal: Principal | undefined; readonly runtime: Runtime },
): ModelRuntime {
  return governed ? governed.stages.permittedModel(principal, model, name) : model;
}

/**
 * Whose cache entries the caller may see: those of its own group, and with a credential of its own those of that one. What a user's
 * own key pays for is that user's, whatever the group.
 */
export function scopeOf(context: RequestContext, model: ModelRuntime): string {
  const { principal, head, keys } = context;
  const group = keys ? `own:${keys.userId}` : cacheScopeOf(principal, model.cacheScope ?? 'principal');
  const credential = model.scopedByCredential ? `credential:${credentialDigest(head.headers)}` : undefined;
  const parts = [group, credential, keeperOf(context, model)].filter((part) => part !== undefined);
  return parts.length === 0 ? SHARED_SCOPE : parts.join(' ');
}

/** An answer that an endpoint keeps can be read back, and deleted, by its id: only its owner may be given that. */
function keeperOf({ principal, facts }: RequestContext, { keepsResponses }: ModelRuntime): string | undefined {
  const owner = facts?.store === true && keepsResponses !== true ? ownerOf(principal) : undefined;
  return owner === undefined ? undefined : `owner:${owner}`;
}

function isServed({ speaking }: ModelRuntime, { id }: Protocol): boolean {
  return speaking === undefined || !speaking.has(id) || speaking.get(id) !== undefined;
}

/** The model with the endpoints that can be asked in the protocol. Throws ProxyError `protocol_not_supported` where none does. */
export function inProtocol(model: ModelRuntime, { id }: Protocol): ModelRuntime {
  const { speaking } = model;
  if (speaking === undefined || !speaking.has(id)) return model;
  const narrowed = speaking.get(id);
  if (narrowed) return narrowed;
  throw new ProxyError(
    'protocol_not_supported',
    `No endpoint of model '${model.name}' can be asked for the operation '${id}'.`,
    {
      param: 'model',
    },
  );
}

/** The name that a request's answer is stored and counted under: the configured one, where the client wrote `PROVIDER/MODEL`. */
export function publicName(model: ModelRuntime, asked: string): string {
  return model.name === '*' ? asked : model.name;
}

/** Throws ProxyError `model_not_found` for a name that no model takes, and where no model is picked for `auto`. */
export function configuredModel(name: string, runtime: Runtime): ModelRuntime {
  if (asksForAuto(name, runtime)) throw notForAuto();
  const model = runtime.model(name);
  if (model) return model;
  throw new ProxyError('model_not_found', `The model \`${name}\` does not exist or you do not have access to it.`);
}
