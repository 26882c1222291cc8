import type { ModelFacts, TokenFormulas } from '../../../generation/models.ts';
import { asText } from '../../content.ts';
import { json } from '../../json.ts';
import type { Body } from '../../validate.ts';

/** Tokens of a tool that the provider brings along, near the middle of what was recorded. */
interface HostedCost {
  /** That the tool is there. */
  readonly offered: number;
  /** Each use: the model reads its whole prompt again, with what the tool gave. */
  readonly used: number;
}

const PREVIEW_SEARCH: HostedCost = { offered: 294, used: 0 };

const SEARCH: Readonly<Record<TokenFormulas, HostedCost>> = {
  plain: { offered: 324, used: 17_000 },
  'o-series': { offered: 4190, used: 5400 },
  'gpt-5': { offered: 4190, used: 5400 },
  'gpt-5.1+': { offered: 4190, used: 4010 },
};

/** By the tool's type, without its date. */
const COSTS: Readonly<Record<string, HostedCost>> = {
  file_search: { offered: 240, used: 740 },
  code_interpreter: { offered: 690, used: 1010 },
  image_generation: { offered: 342, used: 1533 },
  tool_search: { offered: 381, used: 0 },
};

/** The tool type that a call item belongs to. */
const TOOL_OF: Readonly<Record<string, string>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
  code_interpreter_call: 'code_interpreter',
  image_generation_call: 'image_generation',
};

function costOf(type: string, { reasoning, formulas }: ModelFacts): HostedCost | undefined {
  if (type.startsWith('web_search_preview') && !reasoning) return PREVIEW_SEARCH;
  return type.startsWith('web_search') ? SEARCH[formulas] : COSTS[type];
}

/** Tokens of hosted tools that a request offers; what has no recording counts as its definition. */
export function hostedToolTokens(tools: readonly Body[], model: ModelFacts, count: (text: string) => number): number {
  return tools.reduce((sum, tool) => {
    const type = asText(tool['type']);
    if (type === 'function' || type === 'custom') return sum;
    return sum + (costOf(type, model)?.offered ?? count(json(tool)));
  }, 0);
}

/** Input tokens that the uses of hosted tools add to a response. `used`: the output items. */
export function hostedUseTokens(used: readonly Body[], tools: readonly Body[], model: ModelFacts): number {
  return used.reduce((sum, item) => {
    const kind = TOOL_OF[asText(item['type'])];
    const tool = kind && tools.find(({ type }) => asText(type).startsWith(kind));
    return sum + (tool ? (costOf(asText(tool['type']), model)?.used ?? 0) : 0);
  }, 0);
}
