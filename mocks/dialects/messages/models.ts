import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import type { Body } from '../validate.ts';
import { notFound } from './errors.ts';
import { answerJson, listReply } from './listing.ts';
import { LISTED_MODELS, claudeFacts } from '../../generation/claude-models.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'];

const leaf = (supported: boolean): Body => ({ supported });

function capabilitiesOf(model: string): Body {
  const { efforts, enabledThinking, adaptiveThinking, window } = claudeFacts(model);
  const structured = window >= 200_000 && !model.includes('-4-1-');
  return {
    batch: leaf(true),
    citations: leaf(true),
    code_execution: leaf(true),
    context_management: {
      supported: true,
      clear_tool_uses_20250919: leaf(true),
      clear_thinking_20251015: leaf(true),
      compact_20260112: leaf(adaptiveThinking),
    },
    effort: {
      supported: efforts.length > 0,
      ...Object.fromEntries(EFFORTS.map((effort) => [effort, leaf(efforts.includes(effort))])),
    },
    image_input: leaf(true),
    pdf_input: leaf(true),
    structured_outputs: leaf(structured),
    thinking: { supported: true, types: { enabled: leaf(enabledThinking), adaptive: leaf(adaptiveThinking) } },
  };
}

function entryFor(model: string): Body {
  const { snapshot, displayName, createdAt, window, maxOutput } = claudeFacts(model);
  return {
    type: 'model',
    id: snapshot,
    display_name: displayName,
    created_at: createdAt,
    max_input_tokens: window,
    max_tokens: maxOutput,
    capabilities: capabilitiesOf(snapshot),
  };
}

function list(request: DialectRequest, context: DialectContext): Reply {
  return listReply((context.models ?? LISTED_MODELS).map(entryFor), request.query, context);
}

function retrieve({ params }: DialectRequest, context: DialectContext): Reply {
  const model = params['id'] ?? '';
  const { models } = context;
  const known = models === undefined || models.includes(model) || models.includes(claudeFacts(model).snapshot);
  return known ? answerJson(context, entryFor(model)) : notFound(context, `model: ${model}`);
}

/** The lists of models in Anthropic's form. */
export const messagesModels: readonly Operation[] = [
  { id: 'anthropic.models.list', family: 'anthropic', method: 'GET', path: '/v1/models', handle: list },
  { id: 'anthropic.models.retrieve', family: 'anthropic', method: 'GET', path: '/v1/models/{id}', handle: retrieve },
];
