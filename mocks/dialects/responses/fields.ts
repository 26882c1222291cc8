import type { Turn } from '../../generation/prompt.ts';
import { badRequest, missingField } from '../errors.ts';
import type { DialectContext, JsonReply } from '../reply.ts';
import type { Body, FieldRule } from '../validate.ts';
import { isBody, refusedField, wrongType } from '../validate.ts';

const RULES: readonly FieldRule[] = [
  { name: 'input', expected: 'one of a string or array of objects' },
  { name: 'temperature', expected: 'a decimal', least: 0, most: 2 },
  { name: 'top_p', expected: 'a decimal', least: 0, most: 1 },
  { name: 'max_output_tokens', expected: 'an integer', least: 16 },
  { name: 'max_tool_calls', expected: 'an integer', least: 1 },
  { name: 'top_logprobs', expected: 'an integer', least: 0, most: 20 },
  { name: 'stream', expected: 'a boolean' },
  { name: 'stream_options', expected: 'an object' },
  { name: 'store', expected: 'a boolean' },
  { name: 'background', expected: 'a boolean' },
  { name: 'parallel_tool_calls', expected: 'a boolean' },
  { name: 'previous_response_id', expected: 'a string' },
  { name: 'tools', expected: 'an array of objects' },
  { name: 'text', expected: 'an object' },
  { name: 'reasoning', expected: 'an object' },
  { name: 'metadata', expected: 'an object' },
  { name: 'user', expected: 'a string' },
];

const INSTEAD_OF_INPUT = ['prompt', 'previous_response_id', 'conversation'];

/** The provider's error for the first field of a Responses request that is wrong. */
export function refusedResponse(body: Body, context: DialectContext): JsonReply | undefined {
  const { input } = body;
  if ((input === undefined || input === null) && INSTEAD_OF_INPUT.every((name) => !body[name])) {
    return missingField(context, 'input');
  }
  const refused = refusedField(body, RULES, context);
  if (refused || !Array.isArray(input)) return refused;
  const wrong = input.findIndex((item) => !isBody(item));
  return wrong < 0 ? undefined : wrongType(context, `input[${wrong}]`, 'an object', input[wrong]);
}

/** Every tool output needs the call it answers, and every call its output. */
export function refusedTurns(turns: readonly Turn[], context: DialectContext): JsonReply | undefined {
  if (turns.every((turn) => turn.callId === undefined)) return undefined;
  const called = new Set(turns.filter((turn) => turn.role === 'assistant').map((turn) => turn.callId));
  const answered = new Set(turns.filter((turn) => turn.role === 'tool').map((turn) => turn.callId));
  const orphan = turns.find((turn) => turn.role === 'tool' && turn.callId !== undefined && !called.has(turn.callId));
  if (orphan) {
    return badRequest(context, `No tool call found for function call output with call_id ${orphan.callId}.`, 'input');
  }
  const open = turns.find(
    (turn) => turn.role === 'assistant' && turn.callId !== undefined && !answered.has(turn.callId),
  );
  return open ? badRequest(context, `No tool output found for function call ${open.callId}.`, 'input') : undefined;
}
