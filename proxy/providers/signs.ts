import type { EndpointError } from './error-body.ts';

/** What an error can be about when its status alone does not say it. */
export type Sign =
  /** No money or quota left: waiting does not help. */
  | 'quota'
  /** A quota that comes back by itself within minutes. */
  | 'passing'
  /** The credential is unknown or expired. */
  | 'key'
  /** The credential is good, but not for this operation. */
  | 'permission'
  /** The endpoint does not have the model or deployment. */
  | 'model'
  /** The prompt exceeds the context window of the model. */
  | 'context'
  /** The request alone exceeds a limit per minute. */
  | 'limit-size'
  /** The request refers to a response, conversation or encrypted item that the account does not hold. */
  | 'reference'
  /** The content was refused by a filter. */
  | 'filter'
  /** The endpoint does not serve the place where the proxy runs. */
  | 'region';

export interface SignRule {
  /** Of the error's `code` or `type`. */
  readonly codes: readonly string[];
  /**
   * Of its message. Providers repeat parts of the request in messages: a sentence that costs an endpoint its place is
   * only recognised at the beginning, where nothing of the request stands.
   */
  readonly texts: readonly RegExp[];
}

/** How one kind of server words its errors; a sign that it does not have is left out. */
export type Dialect = Readonly<Partial<Record<Sign, SignRule>>>;

export const OPENAI_DIALECT: Dialect = {
  quota: {
    codes: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active'],
    texts: [/^you exceeded your current quota/i, /^billing hard limit/i],
  },
  passing: { codes: [], texts: [] },
  key: {
    codes: ['invalid_api_key'],
    texts: [/^incorrect api key provided/i],
  },
  permission: {
    codes: ['insufficient_permissions'],
    texts: [/^you have insufficient permissions for this operation/i, /\bmissing scopes:/i],
  },
  model: {
    codes: ['model_not_found'],
    texts: [
      /^the (?:requested )?model .{1,256} does not exist/i,
      /^you are not allowed to .{1,64} (?:from )?this model/i,
    ],
  },
  context: {
    codes: ['context_length_exceeded'],
    texts: [/maximum context length/i, /exceeds the context window/i],
  },
  'limit-size': {
    codes: [],
    texts: [/^request too large\b.*(?:\btokens per min|\bTPM\b)/i],
  },
  reference: {
    codes: ['previous_response_not_found', 'invalid_encrypted_content'],
    texts: [/^previous response with id .{1,256} not found/i, /^conversation with id .{1,256} not found/i],
  },
  filter: {
    codes: ['content_filter', 'content_policy_violation', 'moderation_blocked', 'invalid_prompt'],
    texts: [],
  },
  region: { codes: [], texts: [] },
};

/** `Limit 30000, Requested 36278`. */
const LIMIT_AND_REQUEST = /\blimit:? (\d+)\b.{0,80}?\brequested:? (\d+)\b/i;

/** Reads the signs of one error in the given dialects. */
export function signReader(error: EndpointError, dialects: readonly Dialect[]): (sign: Sign) => boolean {
  const names = [error.type, error.code, error.reason].filter((name) => name !== undefined);
  const isWorded = (sign: Sign): boolean =>
    dialects.some(
      ({ [sign]: rule }) =>
        rule !== undefined &&
        (rule.codes.some((code) => names.includes(code)) || rule.texts.some((text) => text.test(error.message))),
    );
  return (sign) => isSaid(sign, error) ?? isWorded(sign);
}

/** What an error says in members or numbers of its own; undefined where only its words tell. */
function isSaid(sign: Sign, { window, retryMs, message }: EndpointError): boolean | undefined {
  if (sign === 'limit-size' && isBeyondLimit(message)) return true;
  // A quota that names when to come back is not used up for good.
  const comesBack = window ?? (retryMs === undefined ? undefined : 'minute');
  if (comesBack === undefined) return undefined;
  if (sign === 'passing') return comesBack === 'minute';
  return sign === 'quota' ? comesBack === 'day' : undefined;
}

function isBeyondLimit(message: string): boolean {
  const [, limit, requested] = LIMIT_AND_REQUEST.exec(message) ?? [];
  return Number(requested) > Number(limit);
}
