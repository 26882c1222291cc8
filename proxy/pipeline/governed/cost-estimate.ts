import { estimateOf } from '../../auto/estimate.ts';
import { readFacts, requirementsOf } from '../../auto/request-facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { NanoUsd } from '../../core/money.ts';
import { estimateInput } from '../../generation/usage-estimate.ts';
import type { OperationId } from '../../protocols/types.ts';
import type { Endpoint } from '../../routing/types.ts';
import { costOf } from '../../usage/cost.ts';
import type { FoundPrice } from '../../usage/price-table.ts';
import { parseObject } from '../../wire/json-object.ts';
import { AUTO_FAMILIES } from '../auto/families.ts';
import type { RequestContext } from '../context.ts';
import { providerOfEndpoint } from './permitted-model.ts';
import type { GovernedTools } from './tools.ts';

/** What an answer is expected to cost at a price, nano-USD; null = that is unknown. */
type Estimate = (found: FoundPrice | undefined) => NanoUsd | null;

/** Operations beside conversations whose answer is a text. */
const WRITING: ReadonlySet<OperationId> = new Set(['completions']);

/** What the request is expected to cost at each of the endpoints, by their ids. */
export function costEstimates(
  context: RequestContext,
  endpoints: readonly Endpoint[],
  { prices, outputTokens }: Pick<GovernedTools, 'prices' | 'outputTokens'>,
): ReadonlyMap<string, NanoUsd | null> {
  const name = context.facts?.model ?? '';
  const estimate = estimateFor(context, outputTokens);
  return new Map(
    endpoints.map((endpoint) => {
      const { id, upstreamModel, price } = endpoint;
      const provider = providerOfEndpoint(endpoint, name);
      const model = upstreamModel ?? name;
      return [id, estimate(prices.find({ model, publicName: name, provider, endpointPrice: price }))];
    }),
  );
}

/**
 * Conversations: their prompt and the output limit, as `auto` estimates them. Of what is not a conversation the text of the body counts,
 * the tokens that legacy completions may write, and the pictures that are asked for; sound and files count nothing.
 */
function estimateFor(context: RequestContext, outputTokens: number): Estimate {
  const { protocol, passthrough } = context;
  const bytes = bodyOf(context);
  const family = passthrough === undefined ? AUTO_FAMILIES[protocol.id] : undefined;
  const body: JsonObject = context.parsed ?? (bytes && parseObject(bytes.toString('utf8'))) ?? {};
  if (family !== undefined) {
    const needs = requirementsOf(readFacts(family, body));
    return (found) => estimateOf(found, needs, outputTokens);
  }
  const input = bytes === undefined ? 0 : estimateInput(bytes);
  const limit = body['max_tokens'];
  const writes = passthrough === undefined && WRITING.has(protocol.id);
  const output = writes ? (typeof limit === 'number' && limit > 0 ? limit : outputTokens) : 0;
  const count = typeof body['n'] === 'number' ? body['n'] : 1;
  const pictures = passthrough?.rule.family === 'images' ? { images: count } : {};
  return (found) => costOf({ input, output, ...pictures }, found?.price).amount;
}

/** The body, where it is held in memory. */
function bodyOf({ request, passthrough }: RequestContext): Buffer | undefined {
  if (request) return request.body;
  const held = passthrough?.body;
  const body = held?.inMemory === true ? held.outgoing([]).body : undefined;
  return Buffer.isBuffer(body) ? body : undefined;
}
