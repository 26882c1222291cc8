import { asText } from '../content.ts';
import { badRequest, missingField, unknownModel } from '../errors.ts';
import { metadataOf, refusedMetadata, unixSeconds } from '../stored-object.ts';
import type { DialectContext, JsonReply, StoredObject } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { refusedField } from '../validate.ts';
import { assistantOf } from './assistants.ts';
import { refusedMessages } from './message.ts';
import { noneFound, runsOf } from './store.ts';

/** Seconds after which a run that waits is over. */
const EXPIRES_AFTER = 600;

const RULES: readonly FieldRule[] = [
  { name: 'assistant_id', expected: 'a string' },
  { name: 'model', expected: 'a string' },
  { name: 'instructions', expected: 'a string' },
  { name: 'additional_instructions', expected: 'a string' },
  { name: 'tools', expected: 'an array of objects' },
  { name: 'stream', expected: 'a boolean' },
  { name: 'temperature', expected: 'a decimal', least: 0, most: 2 },
  { name: 'top_p', expected: 'a decimal', least: 0, most: 1 },
  { name: 'max_prompt_tokens', expected: 'an integer', least: 256 },
  { name: 'max_completion_tokens', expected: 'an integer', least: 256 },
  { name: 'parallel_tool_calls', expected: 'a boolean' },
];

/** The assistant that a run is to be done by, or the provider's error for a request that is wrong. */
export function assistantFor(
  asked: Body,
  context: DialectContext,
): { readonly assistant: StoredObject } | { readonly refused: JsonReply } {
  if (asked['assistant_id'] === undefined) return { refused: missingField(context, 'assistant_id') };
  const refused =
    refusedField(asked, RULES, context) ??
    refusedMessages(asked['additional_messages'], 'additional_messages', context) ??
    refusedMetadata(asked, context);
  if (refused) return { refused };
  const id = asText(asked['assistant_id']);
  const assistant = assistantOf(id, context);
  if (!assistant) return { refused: noneFound('assistant', id, context) };
  const model = asText(asked['model']);
  const unknown = model !== '' && context.models !== undefined && !context.models.includes(model);
  return unknown ? { refused: unknownModel(model, context, 'chat') } : { assistant };
}

export function refusedBusy(
  thread: string,
  run: StoredObject | undefined,
  context: DialectContext,
): JsonReply | undefined {
  return run ? badRequest(context, `Thread ${thread} already has an active run ${run.id}.`) : undefined;
}

function instructionsOf(asked: Body, assistant: Body): string {
  const own = asText(asked['instructions'] ?? assistant['instructions']);
  const more = asText(asked['additional_instructions']);
  return more === '' ? own : `${own}${own === '' ? '' : '\n'}${more}`;
}

export interface RunParts {
  readonly thread: string;
  readonly assistant: StoredObject;
  readonly asked: Body;
  /** Given when one is invented. */
  readonly id?: string | undefined;
}

/** Keeps a new run, queued. */
export function keepRun({ thread, assistant, asked, id }: RunParts, context: DialectContext): StoredObject {
  const created = unixSeconds(context);
  const inherited = (field: string, otherwise: unknown): unknown => asked[field] ?? assistant.body[field] ?? otherwise;
  const tools = inherited('tools', []);
  const body = {
    id: id ?? `run_${context.random.alnum(24)}`,
    object: 'thread.run',
    created_at: created,
    assistant_id: assistant.id,
    thread_id: thread,
    status: 'queued',
    started_at: null,
    expires_at: created + EXPIRES_AFTER,
    cancelled_at: null,
    failed_at: null,
    completed_at: null,
    required_action: null,
    last_error: null,
    model: inherited('model', null),
    instructions: instructionsOf(asked, assistant.body),
    tools,
    tool_resources: inherited('tool_resources', {}),
    metadata: metadataOf(asked),
    temperature: inherited('temperature', 1),
    top_p: inherited('top_p', 1),
    reasoning_effort: inherited('reasoning_effort', null),
    max_completion_tokens: asked['max_completion_tokens'] ?? null,
    max_prompt_tokens: asked['max_prompt_tokens'] ?? null,
    truncation_strategy: asked['truncation_strategy'] ?? { type: 'auto', last_messages: null },
    incomplete_details: null,
    usage: null,
    response_format: inherited('response_format', 'auto'),
    tool_choice: asked['tool_choice'] ?? 'auto',
    parallel_tool_calls: asked['parallel_tool_calls'] ?? true,
  };
  const hidden = { since: context.now(), scripted: context.scripted };
  const run: StoredObject = { id: body.id, body, hidden };
  context.objects.put(runsOf(thread), run);
  return run;
}

/** A run that was never made; there is one only when the server is lenient about ids. */
export function inventedRun(thread: string, id: string, context: DialectContext): StoredObject | undefined {
  const assistant = assistantOf(`asst_${context.random.alnum(24)}`, context);
  return assistant === undefined ? undefined : keepRun({ thread, assistant, asked: {}, id }, context);
}
