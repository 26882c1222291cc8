import { NANO_PER_USD } from '../../core/money.ts';
import { OUTCOMES } from '../../core/outcome.ts';
import type { AttemptRecord } from '../attempt-record.ts';
import type { ExchangeRecord } from '../exchange-record.ts';
import type { FlatHeaders } from '../../wire/http.ts';
import type { ExchangeWork, JournalEntry } from './journal.ts';
import type { KeptBody } from './kept-bodies.ts';
import { pathOf } from './path-of.ts';
import type { AttemptView, BodyView, ExchangeDetail, ExchangeRow } from './views.ts';

/** What the views of a journal need beside it. */
export interface ViewTools {
  /** Name of this process. */
  readonly process: string;
  /** Milliseconds since 1970, and monotonic, of one moment. */
  readonly now: number;
  readonly monotonic: number;
  /** US dollars of an answer; undefined where the price is unknown. */
  readonly price: (record: ExchangeRecord) => number | undefined;
  /** Takes secrets out of a text. */
  readonly clean: (text: string) => string;
  /** Another digest in place of one, from which what was digested cannot be found by trying. */
  readonly keyed: (digest: string) => string;
}

const DIGEST = /^[0-9a-f]{64}$/;
/** Answers that were not made for the exchange. */
const SPARED: ReadonlySet<string> = new Set(['hit', 'joined', 'stale']);
/** Headers that the proxy adds to an answer, or writes in place of the endpoint's. */
const OWN_HEADER = /^(?:x-llmproxy-|x-request-id$|cache-status$|age$|x-should-retry$|retry-after$)/;

export function rowOf({ no, record }: JournalEntry, tools: ViewTools): ExchangeRow {
  const { termination, tokens } = record;
  return {
    entry: `~${tools.process}.${no}`,
    id: tools.clean(record.id),
    at: Math.round(tools.now - (tools.monotonic - record.startedAt)),
    ms: rounded(record.ms),
    ttft_ms: record.ttftMs === undefined ? null : rounded(record.ttftMs),
    method: record.method,
    path: tools.clean(pathOf(record)),
    operation: record.operation,
    model: record.model === undefined ? null : tools.clean(record.model),
    endpoint: record.endpoint ?? null,
    cache: record.cache,
    status: record.status,
    ended_by: termination.by,
    ended_in: termination.phase,
    stream: record.stream,
    attempts: record.attempts,
    hedged: record.hedged === true,
    error: record.error ?? null,
    tokens: tokens ? { ...tokens } : null,
    cost: costOf(record, tools),
    saved: SPARED.has(record.cache) ? (tools.price(record) ?? null) : null,
    key: record.key ?? null,
    key_name: record.keyName ?? null,
  };
}

export function detailOf(entry: JournalEntry, tools: ViewTools): ExchangeDetail {
  const { record, attempts, work } = entry;
  const since = (at: number): number => rounded(at - record.startedAt);
  return {
    ...rowOf(entry, tools),
    stages:
      work?.stages.map(({ name, begin, end }) => ({ name, begin: since(begin), end: sinceOrNull(end, since) })) ?? null,
    lookup: work?.lookup
      ? { tier: work.lookup.tier, begin: since(work.lookup.begin), end: sinceOrNull(work.lookup.end, since) }
      : null,
    tries: attempts.map((attempt) => attemptView(attempt, since, tools)),
    cache_key: work?.cacheKey ?? null,
    key_parts: keyPartsOf(work, tools),
    made_for: work?.generation === undefined || work.generation === record.id ? null : tools.clean(work.generation),
    headers: work?.headers ? ownHeaders(work.headers, tools) : null,
    bodies: work?.bodies ? { request: bodyView(work.bodies.request), answer: bodyView(work.bodies.answer) } : null,
  };
}

/** The ledger's where there is one; else what the tokens cost at the price in force. */
function costOf(record: ExchangeRecord, { price }: ViewTools): number | null {
  const { cost, cache, attempts } = record;
  if (cost !== undefined) return cost === null ? null : Number(cost) / Number(NANO_PER_USD);
  return SPARED.has(cache) || attempts === 0 ? 0 : (price(record) ?? null);
}

/** To microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function sinceOrNull(at: number | undefined, since: (at: number) => number): number | null {
  return at === undefined ? null : since(at);
}

function attemptView(attempt: AttemptRecord, since: (at: number) => number, { clean }: ViewTools): AttemptView {
  const { outcome } = attempt;
  const { meaning, fault, retry, blame } = outcome ? OUTCOMES[outcome] : NO_OUTCOME;
  return {
    ordinal: attempt.ordinal,
    endpoint: attempt.endpoint,
    provider: attempt.provider,
    origin: clean(attempt.origin),
    model: attempt.model ?? null,
    hedged: attempt.hedged,
    begin: since(attempt.begin),
    first_event: sinceOrNull(attempt.firstEvent, since),
    end: sinceOrNull(attempt.end, since),
    outcome: outcome ?? null,
    meaning,
    fault,
    retry,
    blame,
    status: attempt.status ?? null,
    reason: attempt.reason === undefined ? null : clean(attempt.reason),
    translated_to: attempt.protocol ?? null,
    translated: sinceOrNull(attempt.translated, since),
  };
}

const NO_OUTCOME = { meaning: 'It still runs, for others.', fault: null, retry: null, blame: null } as const;

function keyPartsOf(work: ExchangeWork | undefined, { keyed, clean }: ViewTools): ExchangeDetail['key_parts'] {
  if (work?.keyParts === undefined) return null;
  const shown = ([name, value]: [string, string]): [string, string] => [
    clean(name),
    DIGEST.test(value) ? keyed(value) : clean(value),
  ];
  return Object.fromEntries(Object.entries(work.keyParts).map(shown));
}

function ownHeaders(flat: FlatHeaders, { clean }: ViewTools): (readonly [string, string])[] {
  const own: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = String(flat[at]).toLowerCase();
    if (OWN_HEADER.test(name)) own.push([name, clean(String(flat[at + 1]))]);
  }
  return own;
}

function bodyView({ text, bytes, cut }: KeptBody): BodyView {
  return { text: text === null ? null : text.toString('utf8'), bytes, cut };
}
