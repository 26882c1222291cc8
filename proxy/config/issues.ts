import { z } from 'zod';

import type { ConfigFault } from './fault.ts';
import { OTHER_PROVIDER, otherSection, ourProvider } from './other-tools.ts';
import { formatPath } from './path.ts';
import type { Path } from './path.ts';
import type { FieldMeta } from './schema/fields.ts';
import type { YamlSource } from './source.ts';
import { suggest } from './suggest.ts';

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional ? schema.unwrap() : undefined;
  return inner === undefined ? schema : unwrap(inner);
}

/** The schema that the value at `path` is held against, and whether it or one around it is secret. */
function schemaAt(
  root: z.ZodType,
  path: Path,
): { schema: z.core.$ZodType | undefined; meta: FieldMeta | undefined; secret: boolean } {
  let schema: z.core.$ZodType | undefined = unwrap(root);
  let secret = false;
  for (const part of path) {
    if (schema instanceof z.ZodObject) schema = (schema.shape as Record<string, z.ZodType>)[part];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodArray) schema = schema.element;
    if (schema === undefined) break;
    schema = unwrap(schema);
    secret ||= z.globalRegistry.get(schema)?.['secret'] === true;
  }
  const meta = schema === undefined ? undefined : (z.globalRegistry.get(schema) as FieldMeta | undefined);
  return { schema, meta, secret };
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return inner;
}

function describeValue(value: unknown, hidden: boolean): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (hidden) return value === '' ? 'empty text' : 'another value (not shown)';
  const shown = JSON.stringify(value) ?? typeof value;
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}

function expectedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'too_small') return issue.origin === 'array' ? 'at least one entry' : 'text that is not empty';
  if (issue.code === 'too_big') return `at most ${issue.maximum} characters`;
  if (issue.code !== 'invalid_type') return issue.message;
  if (issue.expected === 'object' || issue.expected === 'record') return 'a mapping';
  return issue.expected === 'array' ? 'a list' : issue.expected;
}

function knownKeys(key: string, known: readonly string[]): string {
  const meant = suggest(key, known);
  return meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`;
}

/** What may have been meant by a value that is none of the choices. */
function hintFor(value: unknown, path: Path, meta: FieldMeta | undefined): string {
  if (typeof value !== 'string') return '';
  const provider = path[0] === 'models' && path.at(-1) === 'provider';
  const meant = (provider ? ourProvider(value) : undefined) ?? suggest(value, meta?.choices ?? []);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return provider ? `; ${OTHER_PROVIDER}` : '';
}

function unknownKeys(keys: readonly string[], path: Path, schema: z.ZodType, source: YamlSource): ConfigFault[] {
  const at = schemaAt(schema, path).schema;
  const known = at instanceof z.ZodObject ? Object.keys(at.shape) : [];
  return keys.map((key) => {
    const hint = (path.length === 0 ? otherSection(key) : undefined) ?? knownKeys(key, known);
    const place = source.place(path, key);
    return { source: source.name, ...place, path: formatPath([...path, key]), message: `unknown key; ${hint}` };
  });
}

function badKey(issue: z.core.$ZodIssueInvalidKey, path: Path, source: YamlSource): ConfigFault {
  const inner = issue.issues[0];
  const key = String(path.at(-1) ?? '');
  const expected = inner === undefined ? 'another key' : expectedOf(inner);
  const message = `expected ${expected} as key, found ${describeValue(key, false)}`;
  return { source: source.name, ...source.place(path.slice(0, -1), key), path: formatPath(path), message };
}

/** Turns what zod found wrong into faults with places, in the words of the schema. */
export function faultsOf(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, source: YamlSource): ConfigFault[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const name = formatPath(path);
    if (source.incomplete.has(name)) return [];
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path, schema, source);
    if (issue.code === 'invalid_key') return [badKey(issue, path, source)];
    const { meta, secret } = schemaAt(schema, path);
    const value = valueAt(source.value, path);
    const found = describeValue(value, secret || source.expanded.has(name));
    const message = `expected ${expectedOf(issue)}, found ${found}${hintFor(value, path, meta)}`;
    return [{ source: source.name, ...source.place(path), path: name, message }];
  });
}
