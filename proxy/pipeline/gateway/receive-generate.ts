import { DetailFault, unprocessable } from '../../core/detail-fault.ts';
import { flag, integer, number, optional, readMembers, text, type Rules } from '../../wire/detail-rules.ts';
import { scanJson } from '../../wire/json-scan.ts';
import type { RequestContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { ValidationError } from './detail-protocol.ts';
import type { GatewayTools, GenerateRequest } from './types.ts';

/** Characters of names and labels. */
const MOST_LABEL = 255;
/** Characters of a prompt that the ledger shows, where it shows any. */
const PREVIEW = 200;

export const GENERATE_RULES: Rules<GenerateRequest> = {
  user_id: text({ min: 1, max: MOST_LABEL }),
  service: text({ min: 1, max: MOST_LABEL }),
  prompt: text({ min: 1 }),
  task_type: optional(text({ max: MOST_LABEL }), 'general'),
  system: optional(text(), ''),
  max_tokens: optional(integer({ min: 1, max: 8_000 }), 1_000),
  temperature: optional(number({ min: 0, max: 2 }), 0.7),
  json_mode: optional(flag(), false),
};

/** Reads the bounded body. Throws ProxyError `validation_failed` with every issue. */
export async function receiveGenerate(context: RequestContext, runtime: Runtime, tools: GatewayTools): Promise<void> {
  const chunks = await context.source.collect(runtime.bodyLimit);
  const asked = readGenerate(Buffer.concat(chunks));
  context.gateway = {
    asked,
    ...(tools.promptPreview ? { preview: beginOf(asked.prompt) } : {}),
  };
  context.principal = { service: asked.service };
}

/** Whole code points. */
function beginOf(prompt: string): string {
  return Array.from(prompt.slice(0, 2 * PREVIEW))
    .slice(0, PREVIEW)
    .join('');
}

function readGenerate(body: Buffer): GenerateRequest {
  try {
    return readMembers(GENERATE_RULES, parsed(body), 'body');
  } catch (error) {
    throw error instanceof DetailFault ? new ValidationError(error) : error;
  }
}

function parsed(body: Buffer): unknown {
  try {
    const written = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(written);
    if (typeof value === 'object' && value !== null) scanJson(body);
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
    throw unprocessable({ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error' });
  }
}
