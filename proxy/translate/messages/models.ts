/** What is known of a model behind a Messages endpoint by its name. Names that are not Claude's get what every server takes. */
export interface ModelTraits {
  /** Most tokens of one answer; undefined where not known. */
  readonly maxTokens?: number;
  /** How thinking is asked for: by effort, by a budget, or not at all. */
  readonly thinking: 'adaptive' | 'budget' | 'none';
  readonly efforts: readonly string[];
  /** Takes `thinking.display`. */
  readonly display: boolean;
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Takes `temperature` and `top_p` together. */
  readonly bothSampling: boolean;
  /** Goes on with an assistant turn that the conversation ends with. */
  readonly prefill: boolean;
  /** Takes `output_config.format` and `strict` tools. */
  readonly structured: boolean;
  /** Takes system text in the middle of a conversation. */
  readonly laterSystem: boolean;
}

const UNKNOWN: ModelTraits = {
  thinking: 'budget',
  efforts: [],
  display: false,
  sampling: true,
  bothSampling: true,
  prefill: true,
  structured: false,
  laterSystem: false,
};

/** `claude-opus-4-8`, `claude-3-5-sonnet-20241022`, `anthropic.claude-sonnet-4.5`: tier before or after the version. */
const NAME = /claude-(?:([a-z]+)-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)(?:-([a-z]+))?/i;

export function modelTraits(model: string): ModelTraits {
  const match = NAME.exec(model);
  if (match === null) return UNKNOWN;
  const tier = (match[1] ?? match[4] ?? '').toLowerCase();
  /** 4.5 is 405. */
  const version = Number(match[2]) * 100 + Number(match[3] ?? 0);
  const adaptive = version >= (tier === 'haiku' ? 500 : 406);
  return {
    maxTokens: maxTokens(tier, version),
    thinking: adaptive ? 'adaptive' : version >= 307 ? 'budget' : 'none',
    efforts: version >= 407 ? ['low', 'medium', 'high', 'xhigh', 'max'] : ['low', 'medium', 'high', 'max'],
    display: adaptive,
    sampling: version < 407 || (version < 500 && tier !== 'opus'),
    bothSampling: version < 400,
    prefill: version < 406,
    structured: version >= 405,
    laterSystem: version >= 500,
  };
}

function maxTokens(tier: string, version: number): number {
  if (version >= 500) return 128_000;
  if (version >= 406) return tier === 'haiku' ? 64_000 : 128_000;
  if (version >= 405) return 64_000;
  if (version >= 400) return tier === 'opus' ? 32_000 : 64_000;
  if (version >= 307) return 64_000;
  return version >= 305 ? 8_192 : 4_096;
}
