import { CommandFault } from '../place.ts';
import { exactNumber } from './exact-json.ts';
import type { CreateOptions } from './options.ts';

/** Ids of what a new key hangs on. */
export interface Owners {
  readonly team_id?: string;
  readonly customer_id?: string;
  readonly user_id?: string;
}

/** A number of JSON that is not negative, without an exponent. */
const NUMBER = /^(?:0|[1-9]\d{0,29})(?:\.\d{1,30})?$/;

/** The body that creates a key; what it may hold is the proxy's to judge. Throws CommandFault for what cannot be sent. */
export function createBody(options: CreateOptions, owners: Owners): string {
  const body: Record<string, unknown> = { name: options.name, ...owners };
  if (options.description !== undefined) body['description'] = options.description;
  if (options.models !== undefined) body['allowed_models'] = listOf(options.models);
  if (options.providers !== undefined) body['allowed_providers'] = listOf(options.providers);
  if (options.expires !== undefined) body['expires_at'] = options.expires;
  if (options.maxConcurrency !== undefined) {
    body['max_concurrency'] = numberOf('--max-concurrency', options.maxConcurrency);
  }
  const [budget, rateLimit] = [budgetOf(options), rateLimitOf(options)];
  if (budget !== undefined) body['budget'] = budget;
  if (rateLimit !== undefined) body['rate_limit'] = rateLimit;
  return JSON.stringify(body);
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function numberOf(option: string, text: string): unknown {
  if (!NUMBER.test(text)) throw new CommandFault(`${option} must be a number that is not negative, such as 100.`);
  return exactNumber(text);
}

function budgetOf({ budget, budgetReset }: CreateOptions): object | undefined {
  const pair = pairOf(['--budget', budget], ['--budget-reset', budgetReset]);
  return pair && { max_limit: pair.limit, reset_duration: pair.reset };
}

function rateLimitOf(options: CreateOptions): object | undefined {
  const tokens = pairOf(['--token-limit', options.tokenLimit], ['--token-reset', options.tokenReset]);
  const requests = pairOf(['--request-limit', options.requestLimit], ['--request-reset', options.requestReset]);
  if (tokens === undefined && requests === undefined) return undefined;
  return {
    ...(tokens && { token_max_limit: tokens.limit, token_reset_duration: tokens.reset }),
    ...(requests && { request_max_limit: requests.limit, request_reset_duration: requests.reset }),
  };
}

type Given = readonly [option: string, text: string | undefined];

/** A limit and the length of its window: both, or none. */
function pairOf(
  [limitOption, limit]: Given,
  [resetOption, reset]: Given,
): { limit: unknown; reset: string } | undefined {
  if (limit === undefined && reset === undefined) return undefined;
  if (limit === undefined) throw new CommandFault(`${resetOption} needs ${limitOption}.`);
  if (reset === undefined) throw new CommandFault(`${limitOption} needs ${resetOption}, such as 30s, 1h, 1d or 1M.`);
  return { limit: numberOf(limitOption, limit), reset };
}
