import { statSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readPlainYaml } from '../../config/plain-yaml.ts';
import { OptionFault, reasonOf } from './faults.ts';

export interface Prompt {
  readonly name: string;
  readonly prompt: string;
}

/** Of rising complexity; what they cost grows with them. */
export const DEFAULT_PROMPTS: readonly Prompt[] = [
  { name: 'simple', prompt: 'What is the capital of France? Answer with one word.' },
  { name: 'medium', prompt: 'List five benefits of regular exercise, with one sentence about each.' },
  {
    name: 'complex',
    prompt:
      'Explain in three paragraphs how a relational database executes a query: parsing and planning, the use of indexes, and isolation of transactions.',
  },
];

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_PROMPTS = 50;
const LONGEST_NAME = 100;
const LONGEST_PROMPT = 100_000;

/** Reads a YAML or JSON list of `{name, prompt}`. Throws OptionFault for anything else. */
export function readPrompts(file: string, folder: string): readonly Prompt[] {
  const value = parsed(file, readText(file, folder));
  if (!Array.isArray(value) || value.length === 0) throw wrong(file, 'it is no list of {name, prompt}');
  if (value.length > MOST_PROMPTS) throw wrong(file, `it has more than ${MOST_PROMPTS} prompts`);
  const prompts = value.map((entry, index) => promptOf(entry, `prompt ${index + 1}`, file));
  const names = new Set(prompts.map(({ name }) => name));
  if (names.size < prompts.length) throw wrong(file, 'two prompts have the same name');
  return prompts;
}

function readText(file: string, folder: string): string {
  const path = resolve(folder, file);
  try {
    if (statSync(path).size > MOST_BYTES) throw wrong(file, `it is larger than ${MOST_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof OptionFault) throw error;
    throw wrong(file, reasonOf(error));
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return readPlainYaml(text);
  } catch (error) {
    throw wrong(file, reasonOf(error));
  }
}

function promptOf(entry: unknown, which: string, file: string): Prompt {
  const fields = typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : {};
  const { name, prompt } = fields;
  const unknown = Object.keys(fields).find((field) => field !== 'name' && field !== 'prompt');
  if (unknown !== undefined) throw wrong(file, `${which} has an unknown member ${JSON.stringify(unknown)}`);
  if (!isText(name, LONGEST_NAME) || /\p{Cc}/u.test(name)) {
    throw wrong(file, `${which} needs a name of 1 to ${LONGEST_NAME} characters in one line`);
  }
  if (!isText(prompt, LONGEST_PROMPT))
    throw wrong(file, `${which} needs a prompt of 1 to ${LONGEST_PROMPT} characters`);
  return { name, prompt };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= longest;
}

function wrong(file: string, why: string): OptionFault {
  return new OptionFault(`--prompts ${file} cannot be used: ${why}.`);
}
