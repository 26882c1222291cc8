import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { SCHEMA_DEPTH, SCHEMA_LIMIT } from './limits.ts';
import type { SchemaFamily, SchemaQuestion } from './types.ts';

/**
 * The JSON Schema that a request asks its answer to fit; undefined where it names none. Gemini's `responseSchema` is a dialect
 * of OpenAPI and is not checked.
 */
export function schemaCheckOf(family: SchemaFamily, body: JsonObject): SchemaQuestion | undefined {
  const schema = SCHEMAS[family](body);
  if (!isJsonObject(schema)) return undefined;
  if (isDeeper(schema, SCHEMA_DEPTH)) return { family, schema: '', digest: '', unusable: 'schema_too_deep' };
  const text = JSON.stringify(schema);
  if (Buffer.byteLength(text) > SCHEMA_LIMIT) {
    return { family, schema: '', digest: '', unusable: 'schema_too_large' };
  }
  return { family, schema: text, digest: createHash('sha256').update(text).digest('hex') };
}

const SCHEMAS: Readonly<Record<SchemaFamily, (body: JsonObject) => Json | undefined>> = {
  chat: ({ response_format: format }) => {
    const named = isSchemaFormat(format) ? format['json_schema'] : undefined;
    return isJsonObject(named) ? named['schema'] : undefined;
  },
  responses: ({ text }) => {
    const format = isJsonObject(text) ? text['format'] : undefined;
    return isSchemaFormat(format) ? format['schema'] : undefined;
  },
  messages: ({ output_config: config, output_format: older }) => {
    const format = isJsonObject(config) ? config['format'] : undefined;
    const asked = isSchemaFormat(format) ? format : older;
    return isSchemaFormat(asked) ? asked['schema'] : undefined;
  },
  gemini: (body) => {
    const config = body['generationConfig'] ?? body['generation_config'];
    if (!isJsonObject(config)) return undefined;
    const type = config['responseMimeType'] ?? config['response_mime_type'];
    return type === 'application/json' ? (config['responseJsonSchema'] ?? config['response_json_schema']) : undefined;
  },
};

function isSchemaFormat(format: Json | undefined): format is JsonObject {
  return isJsonObject(format) && format['type'] === 'json_schema';
}

/** Whether objects and arrays stand more than `depth` deep in each other. */
function isDeeper(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
