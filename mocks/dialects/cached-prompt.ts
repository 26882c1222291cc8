import type { ModelFacts } from '../generation/models.ts';
import type { CacheUse } from '../generation/prompt-cache.ts';
import { CACHED_LEAST_TOKENS } from '../generation/prompt-cache.ts';
import { asText } from './content.ts';
import type { DialectContext } from './reply.ts';
import type { Body } from './validate.ts';

const NONE: CacheUse = { read: 0, written: 0 };

/** What the prompt cache has of a prompt. `texts`, in the order in which the model reads them, are only made for prompts that are long enough. */
export function cacheUse(
  body: Body,
  model: ModelFacts,
  tokens: number,
  texts: () => readonly string[],
  context: DialectContext,
): CacheUse {
  if (tokens < CACHED_LEAST_TOKENS || context.promptCache === undefined) return NONE;
  const asked = body['prompt_cache_retention'];
  return context.promptCache.use(
    {
      group: `${model.snapshot}\n${asText(body['prompt_cache_key'])}`,
      texts: texts(),
      tokens,
      encoding: model.encoding,
      retention: asked === '24h' || asked === 'in_memory' ? asked : model.cacheRetention,
    },
    context.now(),
  );
}
