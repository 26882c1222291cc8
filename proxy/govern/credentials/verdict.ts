import type { IncomingHttpHeaders } from 'node:http';
import type { OutcomeKind } from '../../core/outcome.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { providerOf } from '../../providers/table.ts';
import { parseObject } from '../../wire/json-object.ts';
import type { KeyTarget } from './key-target.ts';

export type CheckError = 'auth' | 'not_found' | 'quota' | 'timeout' | 'unreachable' | 'other';

/** What a provider's answer says of a key. */
export interface Verdict {
  readonly isValid: boolean;
  readonly kind: CheckError | null;
  /** How the call ended, for the ledger. */
  readonly outcome: OutcomeKind;
  /** The answer, where it is a good one. */
  readonly answer?: JsonObject;
}

/** How the call to a provider ended. */
export type CallEnd =
  | {
      readonly end: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
    }
  | { readonly end: 'failed'; readonly outcome: OutcomeKind };

/** Members of which a completion of each API has one. */
const ANSWERS = ['choices', 'content', 'candidates', 'output', 'promptFeedback'];

export function verdictOn(target: Pick<KeyTarget, 'provider' | 'origin'>, call: CallEnd, now: number): Verdict {
  if (call.end === 'failed') {
    const kind = call.outcome.startsWith('timeout') ? 'timeout' : 'unreachable';
    return { isValid: false, kind, outcome: call.outcome };
  }
  const provider = providerOf(target);
  const { status, headers, body } = call;
  const given = { status, headers, body, callersCredential: false, now };
  if (status < 200 || status >= 300) return verdictOf(provider.classify(given).kind, status);
  const answer = parseObject(body.toString('utf8'));
  const error = answer?.['error'];
  if (isJsonObject(error)) {
    const embedded = provider.classifyEmbedded({ ...given, body: Buffer.from(JSON.stringify(error)) });
    return verdictOf(embedded.kind, embedded.status ?? status);
  }
  if (answer === undefined || !ANSWERS.some((name) => name in answer)) {
    return { isValid: false, kind: 'other', outcome: 'bad_answer' };
  }
  return { isValid: true, kind: null, outcome: 'ok', answer };
}

/** Beyond these the status decides. */
const KINDS: Readonly<Partial<Record<OutcomeKind, Pick<Verdict, 'isValid' | 'kind'>>>> = {
  insufficient_quota: { isValid: false, kind: 'quota' },
  rate_limited: { isValid: true, kind: 'quota' },
  too_large_for_limit: { isValid: true, kind: 'quota' },
  unauthorized: { isValid: false, kind: 'auth' },
  not_permitted: { isValid: false, kind: 'auth' },
  model_not_here: { isValid: false, kind: 'not_found' },
};

const STATUSES: Readonly<Record<number, CheckError>> = {
  401: 'auth',
  403: 'auth',
  404: 'not_found',
  429: 'quota',
  408: 'timeout',
  504: 'timeout',
};

function verdictOf(outcome: OutcomeKind, status: number): Verdict {
  const known = KINDS[outcome];
  if (known !== undefined) return { ...known, outcome };
  return { isValid: false, kind: STATUSES[status] ?? 'other', outcome };
}

/** One sentence for the user; null for a key that works. Nothing of the provider's text is in it. */
export function sentenceOn({ isValid, kind }: Pick<Verdict, 'isValid' | 'kind'>, provider: string): string | null {
  if (kind === null) return null;
  if (kind === 'quota' && isValid) return `${provider} accepts the key and limits its requests at the moment.`;
  return SENTENCES[kind](provider);
}

const SENTENCES: Readonly<Record<CheckError, (provider: string) => string>> = {
  auth: (provider) => `${provider} refuses the key, or the key may not be used for this model.`,
  not_found: (provider) => `${provider} does not have this model, or does not offer it to the key.`,
  quota: (provider) => `The account of the key has no quota or credit left at ${provider}.`,
  timeout: (provider) => `${provider} did not answer in time.`,
  unreachable: (provider) => `${provider} cannot be reached.`,
  other: (provider) => `${provider} answered in a way that says nothing of the key.`,
};
