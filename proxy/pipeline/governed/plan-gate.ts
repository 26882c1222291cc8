import { planAllows } from '../../auto/plan.ts';
import type { PlanConfig } from '../../config/gateway.ts';
import { ProxyError } from '../../core/errors.ts';
import type { Holder } from '../../governance/lookup.ts';
import type { RequestContext } from '../context.ts';
import { makesNothing } from '../makes-nothing.ts';
import type { Principal } from '../principal.ts';
import type { ModelRuntime } from '../runtime.ts';
import { isPermitted, providerOfEndpoint } from './permitted-model.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

type PlanTools = Pick<GovernedTools, 'plans' | 'credentials'>;

/** What the plan leaves of the keys that a request may be sent with. */
export type PlanVerdict = 'any' | 'own';

/**
 * The second half of gate 3: whether the caller's plan lets it use the model. `own`: with a key of the user's own alone. Throws ProxyError
 * 403 `plan_restriction`. What reads, deletes or cancels passes.
 */
export function planVerdict(context: RequestContext, tools: GovernedTools): PlanVerdict {
  const holder = context.principal?.holder;
  const plan = tools.plans.of(holder);
  if (plan === undefined || makesNothing(context)) return 'any';
  const { model, facts } = context;
  if (model === undefined) return verdictWithoutModel(context, plan, tools);
  const name = facts?.model ?? '';
  if (planAllows(plan, name, 'system')) return 'any';
  if (plan.ownCredentials && mayBeOwn(context, model, tools)) return 'own';
  throw planRestriction(plan, name);
}

/** As with allow lists of keys: a route that names no model could be asked for any. */
function verdictWithoutModel(
  { passthrough, principal }: RequestContext,
  plan: PlanConfig,
  tools: GovernedTools,
): PlanVerdict {
  const isOpen = passthrough === undefined || tools.openRoutes.has(passthrough.rule.family);
  if (isOpen || (plan.managed && plan.models === '*')) return 'any';
  if (plan.ownCredentials && activeKeysOf(principal?.holder, tools).length > 0) return 'own';
  throw planRestriction(plan, undefined);
}

/** Leaves the keys that the plan allows, once they were chosen. Throws ProxyError `plan_restriction` where the choice has none. */
export function keepToPlan(context: RequestContext, verdict: PlanVerdict, tools: GovernedTools): void {
  if (verdict === 'any') return;
  const { keys, principal, facts } = context;
  if (keys !== undefined) {
    keys.ownOnly = true;
    return;
  }
  const plan = tools.plans.of(principal?.holder);
  // The secret of a session was minted with a key of the user's own.
  if (plan !== undefined && context.passthrough?.secretCredential === undefined) {
    throw planRestriction(plan, facts?.model);
  }
}

/** Whether key and plan of the caller let it use the model at some endpoint. */
export function isOffered(
  principal: Principal | undefined,
  model: ModelRuntime,
  name: string,
  tools: PlanTools,
): boolean {
  const holder = principal?.holder;
  const plan = tools.plans.of(holder);
  const isInPlan =
    plan === undefined ||
    planAllows(plan, name, 'system') ||
    (plan.ownCredentials && takesOwnKey(holder, model, name, tools));
  return isInPlan && isPermitted(principal, model, name);
}

function mayBeOwn({ principal, facts, passthrough }: RequestContext, model: ModelRuntime, tools: PlanTools): boolean {
  if (passthrough?.clientSecret !== undefined) return passthrough.secretCredential !== undefined;
  return takesOwnKey(principal?.holder, model, facts?.model ?? '', tools);
}

/** Whether some endpoint of the model takes a key that the user has stored. */
function takesOwnKey(holder: Holder | undefined, model: ModelRuntime, name: string, tools: PlanTools): boolean {
  const providers = new Set(activeKeysOf(holder, tools).map(({ provider }) => provider));
  if (providers.size === 0) return false;
  return model.router.endpoints.some(
    (endpoint) => endpoint.takesOwnKeys && providers.has(providerOfEndpoint(endpoint, name)),
  );
}

function activeKeysOf(holder: Holder | undefined, { credentials }: PlanTools) {
  const user = holder?.user;
  if (user === undefined || credentials === undefined) return [];
  return credentials.directory.ofUser(user.id).filter(({ isActive }) => isActive);
}

function planRestriction({ managed }: Pick<PlanConfig, 'managed'>, name: string | undefined): ProxyError {
  const what = name === undefined || name === '' ? 'requests that name no model' : `the model '${name}'`;
  const message = managed
    ? `PLAN RESTRICTION: the plan does not include ${what}.`
    : `PLAN RESTRICTION: the plan includes stored credentials of users alone, and none is used for ${what}.`;
  return new ProxyError('plan_restriction', message, { param: 'model', headers: DO_NOT_RETRY });
}
