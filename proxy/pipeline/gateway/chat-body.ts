import type { JsonObject } from '../../core/json.ts';
import type { GatewayDialect, GenerateRequest } from './types.ts';

const JSON_ONLY = 'Answer with one valid JSON value and nothing else: no explanation and no code fence.';

/** The request as a chat completion, which is translated for providers of other dialects. */
export function chatBody(asked: GenerateRequest, model: string, dialect: GatewayDialect): JsonObject {
  const { prompt, max_tokens, temperature, json_mode: wantsJson } = asked;
  const isAnthropic = dialect === 'anthropic';
  const instruction = wantsJson && needsInstruction(asked, dialect) ? [JSON_ONLY] : [];
  const system = [...(asked.system === '' ? [] : [asked.system]), ...instruction].join('\n\n');
  return {
    model,
    messages: [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content: prompt }],
    temperature,
    max_tokens,
    ...(wantsJson && !isAnthropic ? { response_format: { type: 'json_object' } } : {}),
  };
}

/** Messages have no such format. Chat completions refuse the format `json_object` where no message has the word. */
function needsInstruction({ system, prompt }: GenerateRequest, dialect: GatewayDialect): boolean {
  if (dialect !== 'openai') return dialect === 'anthropic';
  return !/json/i.test(system) && !/json/i.test(prompt);
}
