import { wantedFlag, chosenMember } from './choices.ts';
import { numberForSchema } from './plain-number.ts';
import { stringForSchema } from './plain-string.ts';
import { formatted } from './formats.ts';
import type { Property } from './property.ts';
import { sampleNumber, sampleText } from './samples.ts';
import type { Source } from './source.ts';
import type { Found } from './strings.ts';
import { stringsFound } from './strings.ts';
import { fits } from './valid.ts';

/** A value, and whether the prompt says it. */
export interface Valued {
  readonly value: unknown;
  readonly said: boolean;
}

/** What is said in sentences may be cut to the length that is allowed. */
const CUTTABLE = new Set(['request', 'answer', 'title', 'other']);

function cut(property: Property, text: string): string {
  const most = property.schema['maxLength'];
  if (typeof most !== 'number' || text.length <= most || !CUTTABLE.has(property.kind)) return text;
  return Array.from(text.slice(0, 2 * most))
    .slice(0, most)
    .join('');
}

function accepted(property: Property, found: readonly Found[], source: Source): string | undefined {
  for (const one of found) {
    const text = cut(property, one.text.toWellFormed());
    if (!formatted(property.schema['format'], text) || !fits(property.schema, text)) continue;
    if (one.span) source.use(one.span);
    return text;
  }
  return undefined;
}

/** Kinds that are worth looking for in what the user said turns ago. */
const REMEMBERED = new Set(['email', 'url', 'place', 'person', 'identifier']);

function saidText(property: Property, source: Source): string | undefined {
  const now = accepted(property, stringsFound(property, source), source);
  if (now !== undefined || !REMEMBERED.has(property.kind)) return now;
  for (const facts of source.earlier) {
    const before = source.of(facts);
    const text = accepted(property, stringsFound(property, before), before);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The schema's own default or example where it is a plain value that fits. */
export function ownValue(property: Property): unknown {
  const { schema } = property;
  const examples: readonly unknown[] = Array.isArray(schema['examples']) ? schema['examples'] : [];
  return [schema['default'], schema['example'], examples[0]].find(
    (value) =>
      value !== undefined &&
      typeof value !== 'object' &&
      (typeof value !== 'string' || formatted(schema['format'], value)) &&
      fits(schema, value),
  );
}

export function textValue(property: Property, source: Source | undefined): Valued {
  const said = source && saidText(property, source);
  if (said !== undefined) return { value: said, said: true };
  const { schema } = property;
  const own = ownValue(property);
  if (typeof own === 'string') return { value: own, said: false };
  const sample = schema['format'] === undefined ? sampleText(property) : undefined;
  const value = sample !== undefined && fits(schema, sample) ? sample : stringForSchema(schema, property.name);
  return { value, said: false };
}

export function numberValue(property: Property, source: Source | undefined): Valued {
  const returned = source?.returned.get(property.name);
  if (typeof returned === 'number' && fits(property.schema, returned)) return { value: returned, said: true };
  const own = ownValue(property);
  if (typeof own === 'number') return { value: own, said: false };
  const sample = sampleNumber(property);
  const value = sample !== undefined && fits(property.schema, sample) ? sample : numberForSchema(property.schema);
  return { value, said: false };
}

export function flagValue(property: Property, source: Source | undefined): Valued {
  const said = source && wantedFlag(property, source);
  if (said !== undefined && fits(property.schema, said)) return { value: said, said: true };
  const own = ownValue(property);
  return { value: typeof own === 'boolean' ? own : true, said: false };
}

export function memberValue(property: Property, members: readonly unknown[], source: Source | undefined): Valued {
  const chosen = source && chosenMember(members, property, source);
  if (chosen !== undefined && fits(property.schema, chosen)) return { value: chosen, said: true };
  const usual = property.schema['default'];
  return { value: usual !== undefined && members.includes(usual) ? usual : members[0], said: false };
}
