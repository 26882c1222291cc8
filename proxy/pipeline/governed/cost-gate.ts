import { ProxyError } from '../../core/errors.ts';
import { type NanoUsd, usdText } from '../../core/money.ts';
import type { Endpoint } from '../../routing/types.ts';
import type { RequestContext } from '../context.ts';
import { requestCap } from '../request-cap.ts';
import { narrowedTo } from '../narrowed-model.ts';
import type { GovernedTools } from './tools.ts';
import { DO_NOT_RETRY } from './virtual-key.ts';

/**
 * The last part of gate 6: what a request for a named model may cost by its estimate, the smallest cap of plan and preferences. Endpoints
 * that would cost more are left out; a key of the caller's own pays for itself. Throws ProxyError 402 `request_cost_exceeded`. Without
 * a cap nothing is estimated. Models that `auto` picks are ranked within the cap.
 */
export function assertCost(context: RequestContext, tools: GovernedTools): void | Promise<void> {
  const { model, protocol, keys, principal } = context;
  if (model === undefined || context.auto || protocol.countedTokens || keys?.ownOnly === true) return undefined;
  const holder = principal?.holder;
  const cap = requestCap(tools.plans.of(holder), tools.preferences.of(holder));
  return cap === undefined ? undefined : judge(context, tools, cap);
}

async function judge(context: RequestContext, tools: GovernedTools, cap: NanoUsd): Promise<void> {
  // Loaded where there is a cap alone.
  const { costEstimates } = await import('./cost-estimate.ts');
  const { model, keys, facts } = context;
  if (model === undefined) return;
  const { endpoints } = model.router;
  const estimates = costEstimates(context, endpoints, tools);
  const fitting = endpoints.filter(({ id }) => isWithin(estimates.get(id), cap));
  if (fitting.length === endpoints.length) return;
  if (keys && endpoints.some((endpoint) => keys.entryFor(endpoint) !== undefined)) {
    keys.ownOnly = true;
    return;
  }
  // The endpoint of what is passed through is not chosen here: each of them has to fit.
  if (fitting.length > 0 && context.passthrough === undefined) {
    context.model = narrowedTo(model, new Set(fitting.map(({ id }) => id)));
    return;
  }
  tools.watch.refused('request_cost_exceeded');
  throw exceeded(facts?.model ?? '', cap, leastOver(endpoints, estimates, cap));
}

function isWithin(estimate: NanoUsd | null | undefined, cap: NanoUsd): boolean {
  return typeof estimate === 'bigint' && estimate <= cap;
}

function leastOver(
  endpoints: readonly Endpoint[],
  estimates: ReadonlyMap<string, NanoUsd | null>,
  cap: NanoUsd,
): NanoUsd | undefined {
  const known = endpoints.flatMap(({ id }) => estimates.get(id) ?? []).filter((estimate) => estimate > cap);
  return known.length === 0 ? undefined : known.reduce((least, one) => (one < least ? one : least));
}

function exceeded(name: string, cap: NanoUsd, least: NanoUsd | undefined): ProxyError {
  const model = name === '' ? 'the model' : `the model '${name}'`;
  const found =
    least === undefined
      ? `the price of ${model} is unknown`
      : `the least estimate for ${model} is ${usdText(least)} USD`;
  const message = `A request may cost ${usdText(cap)} USD at most, and ${found}.`;
  return new ProxyError('request_cost_exceeded', message, { headers: DO_NOT_RETRY });
}
