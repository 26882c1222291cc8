import type { EncodingName } from './tokenizer.ts';

/** Which formulas count a model's tokens: of models that do not reason, o1 to o4, gpt-5 of 2025, and gpt-5.1 and later. */
export type TokenFormulas = 'plain' | 'o-series' | 'gpt-5' | 'gpt-5.1+';

/** What differs from model to model in an answer; recorded from the provider. */
export interface ModelFacts {
  /** As the request has it. */
  readonly name: string;
  /** The name answers carry: aliases become dated snapshots. */
  readonly snapshot: string;
  readonly encoding: EncodingName;
  readonly reasoning: boolean;
  /** `fp_…`, or null where the provider sends null. */
  readonly fingerprint: string | null;
  readonly formulas: TokenFormulas;
  /** Of a request that names none; undefined for models that do not reason. */
  readonly defaultEffort: 'none' | 'medium' | 'high' | undefined;
  /** Default `top_p` of Responses. */
  readonly topP: number;
  /** `context` of Responses' `reasoning`. */
  readonly reasoningContext: 'current_turn' | 'all_turns' | null;
  readonly cacheRetention: 'in_memory' | '24h';
  /** Message items carry `phase`. */
  readonly phases: boolean;
  /** Shows its reasoning as text (gpt-oss). */
  readonly openReasoning: boolean;
  /** Usage says how many tokens were written to the prompt cache. */
  readonly showsCacheWrites: boolean;
}

const SNAPSHOTS: Readonly<Record<string, string>> = {
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-4o-search-preview': 'gpt-4o-search-preview-2025-03-11',
  'gpt-4o-audio-preview': 'gpt-4o-audio-preview-2024-12-17',
  'gpt-4.1': 'gpt-4.1-2025-04-14',
  'gpt-4.1-mini': 'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano': 'gpt-4.1-nano-2025-04-14',
  'gpt-5': 'gpt-5-2025-08-07',
  'gpt-5-mini': 'gpt-5-mini-2025-08-07',
  'gpt-5-nano': 'gpt-5-nano-2025-08-07',
  'gpt-5-pro': 'gpt-5-pro-2025-10-06',
  'gpt-5.2': 'gpt-5.2-2025-12-11',
  'gpt-5.4': 'gpt-5.4-2026-03-05',
  'gpt-5.4-mini': 'gpt-5.4-mini-2026-03-17',
  'gpt-5.5': 'gpt-5.5-2026-04-23',
  'gpt-5.6': 'gpt-5.6-sol',
  o3: 'o3-2025-04-16',
  'o4-mini': 'o4-mini-2025-04-16',
  'o3-mini': 'o3-mini-2025-01-31',
  'gpt-3.5-turbo': 'gpt-3.5-turbo-0125',
  'gpt-4': 'gpt-4-0613',
  'gpt-3.5-turbo-instruct': 'gpt-3.5-turbo-instruct:20230824-v2',
  'text-embedding-ada-002': 'text-embedding-ada-002-v2',
  'davinci-002': 'davinci:2023-07-21-v2',
};

const O200K = /^(?:gpt-4o|gpt-4\.1|gpt-4\.5|gpt-[5-9]|gpt-oss|gpt-realtime|gpt-audio|chatgpt-4o|o\d)/;
const GPT_5 = /^gpt-(?:5(?:\.(\d+))?|[6-9](?:\.\d+)?)(?!.*-chat)/;
/** Models after gpt-5 are as the latest of it that was recorded. */
const LATEST_MINOR = 6;

/** The same text gives the same fingerprint (FNV-1a), so that equal requests get equal bytes. */
function fingerprintOf(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let at = 0; at < text.length; at += 1) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193) >>> 0;
    high = Math.imul(high ^ text.charCodeAt(at), 0x85ebca6b) >>> 0;
  }
  return `fp_${low.toString(16).padStart(8, '0')}${(high & 255).toString(16).padStart(2, '0')}`;
}

function formulasOf(minor: number | undefined, oSeries: boolean, openReasoning: boolean): TokenFormulas {
  if (oSeries) return 'o-series';
  if (minor === undefined) return openReasoning ? 'gpt-5.1+' : 'plain';
  return minor === 0 ? 'gpt-5' : 'gpt-5.1+';
}

/** gpt-5.1 to 5.4 do not reason unless they are asked to; recordings of gpt-5.5 and 5.6 say `medium` again. */
function defaultEffort(name: string, minor: number): 'none' | 'medium' | 'high' {
  if (/^gpt-5(?:\.\d+)?-pro/.test(name)) return minor === 0 ? 'high' : 'medium';
  return minor >= 1 && minor <= 4 && !name.includes('-codex') ? 'none' : 'medium';
}

type ReasoningFacts = Pick<ModelFacts, 'defaultEffort' | 'reasoningContext'>;

const NO_REASONING: ReasoningFacts = { defaultEffort: undefined, reasoningContext: null };

function reasoningFacts(name: string, minor: number): ReasoningFacts {
  return { defaultEffort: defaultEffort(name, minor), reasoningContext: minor >= 5 ? 'all_turns' : 'current_turn' };
}

function minorOf(name: string, written: string | undefined): number {
  return Number(written ?? (name.startsWith('gpt-5') ? 0 : LATEST_MINOR));
}

/** Any name is a model; unknown ones behave like a gpt-4-era chat model of that name. */
export function modelFacts(name: string): ModelFacts {
  const gpt5 = GPT_5.exec(name);
  const minor = gpt5 === null ? 0 : minorOf(name, gpt5[1]);
  const oSeries = /^o\d/.test(name);
  const openReasoning = name.startsWith('gpt-oss');
  const reasoning = gpt5 !== null || oSeries || openReasoning;
  const withoutFingerprint = gpt5 !== null || /^(?:gpt-3\.5|gpt-4(?:-0613|-0314)?$)/.test(name);
  return {
    name,
    snapshot: SNAPSHOTS[name] ?? name,
    encoding: O200K.test(name) ? 'o200k_base' : 'cl100k_base',
    reasoning,
    fingerprint: withoutFingerprint ? null : fingerprintOf(SNAPSHOTS[name] ?? name),
    formulas: formulasOf(gpt5 === null ? undefined : minor, oSeries, openReasoning),
    topP: minor >= 2 ? 0.98 : 1,
    ...(reasoning ? reasoningFacts(name, minor) : NO_REASONING),
    cacheRetention: minor >= 5 ? '24h' : 'in_memory',
    phases: minor >= 4,
    openReasoning,
    showsCacheWrites: minor >= 5,
  };
}
