import { contextWindow } from '../generation/model-limits.ts';
import { modelFacts } from '../generation/models.ts';

/** What a model is for. */
export type ModelUse = 'chat' | 'responses' | 'completions' | 'embeddings' | 'other';

/** What a model takes; from the provider's model pages. */
export interface ModelProfile {
  readonly use: ModelUse;
  /** Tokens of prompt and answer together. */
  readonly window: number;
  /** Tokens of the longest answer. */
  readonly output: number;
  readonly reasoning: boolean;
  /** Accepted `reasoning.effort`; empty for models that do not reason. */
  readonly efforts: readonly string[];
  /** Of a request that names none. */
  readonly defaultEffort: string | undefined;
  /** Only a newer model takes `verbosity` other than `medium`. */
  readonly verbosity: boolean;
  /** Takes `response_format` of type `json_schema`. */
  readonly schemas: boolean;
  readonly searches: boolean;
  readonly audio: boolean;
  readonly developerRole: boolean;
}

type Row = readonly [pattern: RegExp, use: ModelUse, output: number];

/** Tokens that fit into models whose window is not published. */
const USUAL_WINDOW: Readonly<Record<ModelUse, number>> = {
  chat: 128_000,
  responses: 128_000,
  completions: 16_384,
  embeddings: 8192,
  other: 0,
};

/** The first row that fits counts. What none fits is no model of the provider. */
const ROWS: readonly Row[] = [
  [/^gpt-4o.*-(?:transcribe|tts|realtime)/, 'other', 0],
  [/^text-embedding-(?:3-small|3-large|ada-002)$/, 'embeddings', 0],
  [/^gpt-3\.5-turbo-instruct/, 'completions', 4096],
  [/^(?:davinci|babbage)-002$/, 'completions', 16_384],
  [/^(?:o1-pro|o3-pro|o3-deep-research|o4-mini-deep-research)/, 'responses', 100_000],
  [/^(?:gpt-5(?:\.\d)?-(?:pro|codex)|codex-mini|computer-use)/, 'responses', 128_000],
  [/^gpt-5(?:\.\d)?(?:-(?:mini|nano))?-chat/, 'chat', 16_384],
  [/^gpt-5\.(?:[4-9]|\d\d)/, 'chat', 128_000],
  [/^gpt-5(?:\.\d)?(?:-|$)/, 'chat', 128_000],
  [/^(?:o1|o3|o4)-(?:mini|preview)/, 'chat', 100_000],
  [/^(?:o1|o3)(?:-\d{4}|$)/, 'chat', 100_000],
  [/^gpt-4\.1(?:-|$)/, 'chat', 32_768],
  [/^(?:gpt-4\.5-preview|gpt-4o|chatgpt-4o-latest)/, 'chat', 16_384],
  [/^gpt-4-(?:turbo|1106|0125|vision)/, 'chat', 4096],
  [/^gpt-4-32k/, 'chat', 32_768],
  [/^gpt-4(?:-0613|-0314)?$/, 'chat', 8192],
  [/^gpt-3\.5-turbo/, 'chat', 4096],
  [/^ft:/, 'chat', 16_384],
  [/^(?:gpt-image|dall-e|tts|whisper|omni-moderation|text-moderation|sora|gpt-realtime|gpt-audio)/, 'other', 0],
];

function effortsOf(name: string): readonly string[] {
  const minor = /^gpt-5\.(\d+)/.exec(name)?.[1];
  if (minor === undefined)
    return name.startsWith('gpt-5') ? ['minimal', 'low', 'medium', 'high'] : ['low', 'medium', 'high'];
  if (minor === '1') return ['none', 'low', 'medium', 'high'];
  return Number(minor) >= 6
    ? ['none', 'low', 'medium', 'high', 'xhigh', 'max']
    : ['none', 'low', 'medium', 'high', 'xhigh'];
}

/** Undefined: the provider has no such model. */
export function modelProfile(name: string): ModelProfile | undefined {
  const row = ROWS.find(([pattern]) => pattern.test(name));
  if (row === undefined) return undefined;
  const [, use, output] = row;
  const { reasoning, defaultEffort } = modelFacts(name);
  return {
    use,
    window: contextWindow(name) ?? USUAL_WINDOW[use],
    output,
    reasoning,
    efforts: reasoning ? effortsOf(name) : [],
    defaultEffort,
    verbosity: name.startsWith('gpt-5'),
    schemas: !/^(?:gpt-3\.5|gpt-4(?:-|$)|gpt-4o-2024-05-13)/.test(name),
    searches: name.includes('-search'),
    audio: name.includes('-audio'),
    developerRole: !/^(?:gpt-3\.5|gpt-4(?:-0|$)|o1-mini|o1-preview)/.test(name),
  };
}

/** Names that were given to the mock are taken for general chat models. */
export const UNKNOWN_MODEL: ModelProfile = {
  use: 'chat',
  window: 128_000,
  output: 16_384,
  reasoning: false,
  efforts: [],
  defaultEffort: undefined,
  verbosity: false,
  schemas: true,
  searches: true,
  audio: false,
  developerRole: true,
};
