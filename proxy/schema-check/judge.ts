import type { Json } from '../core/json.ts';
import { answerTexts } from './answer-texts.ts';
import { reasonOf } from './reason.ts';
import type { SchemaVerdict, ChildQuestion } from './types.ts';
import type { Validator, Validators } from './validators.ts';

const VALID: SchemaVerdict = { kind: 'valid' };

/** Judges one answer. Never throws, but may take long: it belongs into a process of its own. */
export function judge({ family, schema, digest, body }: ChildQuestion, validators: Validators): SchemaVerdict {
  const answer = parsed(new TextDecoder().decode(body));
  const texts = answer === undefined ? undefined : answerTexts(family, answer);
  if (texts === undefined) return { kind: 'unchecked', why: 'unknown_answer' };
  if (texts.length === 0) return VALID;
  try {
    const validator = validators.of(digest, schema);
    if ('unusable' in validator) return { kind: 'unchecked', why: validator.unusable };
    const reason = texts.map((text) => faultOf(text, validator)).find((fault) => fault !== undefined);
    return reason === undefined ? VALID : { kind: 'invalid', reason };
  } catch {
    // A value that is nested too deep for the stack, in a schema that refers to itself.
    return { kind: 'unchecked', why: 'failed' };
  }
}

function faultOf(text: string, validator: Validator): string | undefined {
  const value = parsed(text);
  if (value === undefined) return text.trim() === '' ? 'the answer is empty' : 'the answer is not JSON';
  const error = validator.judge(value);
  return error && reasonOf(error, value, validator.names);
}

/** Undefined for what is not JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
