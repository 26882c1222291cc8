import type { Json, JsonObject } from '../core/json.ts';
import { schemaCheckOf } from './request-schema.ts';
import type { SchemaQuestion } from './types.ts';

/** The question of a chat completion with this schema. */
export function questionOf(schema: JsonObject): SchemaQuestion {
  const question = schemaCheckOf('chat', {
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
  });
  if (!question) throw new Error('the schema was not found');
  return question;
}

/** A chat completion that says this text. */
export function completionOf(text: string): Buffer {
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }];
  return Buffer.from(JSON.stringify({ object: 'chat.completion', choices }));
}

/** A chat completion whose text is this value. */
export function valueOf(value: Json): Buffer {
  return completionOf(JSON.stringify(value));
}
