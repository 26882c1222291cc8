import type { ModelFacts } from './models.ts';
import { modelFacts } from './models.ts';

/** What differs from model to model. */
export interface ClaudeFacts {
  /** The name answers carry. */
  readonly snapshot: string;
  readonly displayName: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Tokens of the context window. */
  readonly window: number;
  readonly maxOutput: number;
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Takes `thinking.type: "enabled"`. */
  readonly enabledThinking: boolean;
  readonly adaptiveThinking: boolean;
  /** Takes an assistant message as the last one, and goes on from it. */
  readonly prefill: boolean;
  /** Levels of `output_config.effort`; empty where it takes none. */
  readonly efforts: readonly string[];
  /** Usage has `output_tokens_details`. */
  readonly showsThinkingTokens: boolean;
  /** Tokens of a text, against those of the older tokenizer. */
  readonly tokenFactor: number;
  /** Fewer tokens are never cached. */
  readonly leastCached: number;
  /** Characters of a text delta. */
  readonly deltaCharacters: number;
}

const ALIASES: Readonly<Record<string, string>> = {
  'claude-sonnet-4-5': 'claude-sonnet-4-5-20250929',
  'claude-haiku-4-5': 'claude-haiku-4-5-20251001',
  'claude-opus-4-5': 'claude-opus-4-5-20251101',
  'claude-opus-4-1': 'claude-opus-4-1-20250805',
  'claude-sonnet-4-0': 'claude-sonnet-4-20250514',
  'claude-opus-4-0': 'claude-opus-4-20250514',
};

/** Models of the list, newest first: name shown, day, window and answer in thousands of tokens. */
const LISTED: Readonly<Record<string, readonly [name: string, day: string, window: number, output: number]>> = {
  'claude-fable-5': ['Claude Fable 5', '2026-07-28', 1000, 128],
  'claude-opus-5': ['Claude Opus 5', '2026-07-21', 1000, 128],
  'claude-sonnet-5': ['Claude Sonnet 5', '2026-06-16', 1000, 128],
  'claude-opus-4-8': ['Claude Opus 4.8', '2026-05-12', 1000, 128],
  'claude-opus-4-7': ['Claude Opus 4.7', '2026-04-14', 1000, 128],
  'claude-sonnet-4-6': ['Claude Sonnet 4.6', '2026-02-17', 1000, 128],
  'claude-opus-4-6': ['Claude Opus 4.6', '2026-02-04', 1000, 128],
  'claude-opus-4-5-20251101': ['Claude Opus 4.5', '2025-11-24', 200, 64],
  'claude-haiku-4-5-20251001': ['Claude Haiku 4.5', '2025-10-15', 200, 64],
  'claude-sonnet-4-5-20250929': ['Claude Sonnet 4.5', '2025-09-29', 1000, 64],
  'claude-opus-4-1-20250805': ['Claude Opus 4.1', '2025-08-05', 200, 32],
};

/** Named by the official package beyond those of the list. */
const NEWER =
  /^claude-(?:sonnet-5-5|haiku-5-5|opus-5-5|fable-5-[12]|mythos-5(?:-[12])?|sonnet-4-20250514|opus-4-20250514)$/;
const VERSION = /^claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?$/;
const EFFORTS = ['low', 'medium', 'high', 'max'] as const;
const DAY = /-(\d{4})(\d{2})(\d{2})$/;
const UNKNOWN_VERSION = 4.5;

export const LISTED_MODELS: readonly string[] = Object.keys(LISTED);

/** Whether the provider has a model of this name. */
export function isClaude(name: string): boolean {
  return LISTED[name] !== undefined || ALIASES[name] !== undefined || NEWER.test(name);
}

/** 4.7 for `claude-opus-4-7`; unknown names are as of 2025. */
function versionOf(name: string): number {
  const [, major, minor = '0'] = VERSION.exec(name) ?? [];
  return major === undefined ? UNKNOWN_VERSION : Number(major) + Number(minor) / 10;
}

function dayIn(snapshot: string): string {
  const [, year, month, day] = DAY.exec(snapshot) ?? [];
  return year === undefined ? '2025-01-01' : `${year}-${month}-${day}`;
}

function effortsOf(version: number, opus: boolean): readonly string[] {
  if (version >= 4.7) return ['low', 'medium', 'high', 'xhigh', 'max'];
  if (version >= 4.6) return EFFORTS;
  return version === 4.5 && opus ? ['low', 'medium', 'high'] : [];
}

/** Any name is a model; unknown ones are as Sonnet 4.5. */
export function claudeFacts(name: string): ClaudeFacts {
  const snapshot = ALIASES[name] ?? name;
  const version = versionOf(snapshot);
  const opus = snapshot.includes('-opus-');
  const [displayName, day, window, output] = LISTED[snapshot] ?? [
    snapshot,
    dayIn(snapshot),
    version >= 4.6 ? 1000 : 200,
    version >= 4.6 ? 128 : 64,
  ];
  const latest = version >= 5 || (opus && version >= 4.7);
  return {
    snapshot,
    displayName,
    createdAt: `${day}T00:00:00Z`,
    window: window * 1000,
    maxOutput: output * 1000,
    sampling: !latest,
    enabledThinking: !(opus && version >= 5),
    adaptiveThinking: version >= 4.6,
    prefill: version < 4.6,
    efforts: effortsOf(version, opus),
    showsThinkingTokens: latest,
    tokenFactor: latest ? 1.3 : 1,
    leastCached: snapshot.includes('haiku') ? 4096 : latest ? 2048 : 1024,
    deltaCharacters: version >= 5 ? 26 : 9,
  };
}

/** The model as the generation sees it; `thinks`: this answer begins with thinking. */
export function generatingFacts(name: string, thinks: boolean): ModelFacts {
  return { ...modelFacts(name), snapshot: claudeFacts(name).snapshot, reasoning: thinks, defaultEffort: undefined };
}
