import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { readTask, readTier, TASKS, TIERS } from '../../auto/levels.ts';
import { callerKey } from '../caller-key.ts';
import { callProxy, type Target, targetOf } from '../control-plane.ts';
import { CommandFault, type CommandPlace, WrongOption, exitCodeOf } from '../place.ts';
import { explanationPage, parseExplanation } from './explanation-page.ts';
import type { ExplainOptions } from './options.ts';

const PATH = '/api/v1/routing/explain';
const KEY_VARIABLE = 'LLMPROXY_KEY';
/** A name of a model as a header can carry it. */
const HEADER_TEXT = /^[\x21-\x7e]{1,256}$/;

export interface ExplainPlace extends CommandPlace {
  /** Standard input as a whole. */
  readonly input: () => Promise<string>;
}

/** `llmproxy explain FILE`: asks a running proxy what the model `auto` would do with a request. Returns the exit code. */
export function runExplain(file: string, options: ExplainOptions, place: ExplainPlace): Promise<number> {
  return exitCodeOf('explain', place, async () => {
    const body = await requestIn(file, place);
    const headers = headersOf(options);
    const target = callerOf(options, place);
    const { status, text } = await callProxy(target, { method: 'POST', path: PATH, body, headers });
    if (status !== 200) throw refused(status, text, target);
    const explanation = parseExplanation(text);
    if (explanation === undefined) throw new CommandFault(`what answers at ${target.url} is no explanation.`);
    place.out.write(options.json === true ? `${text.trimEnd()}\n` : explanationPage(explanation));
  });
}

/** The text of a JSON object; `-` is standard input. */
async function requestIn(file: string, { folder, input }: ExplainPlace): Promise<string> {
  const name = file === '-' ? 'standard input' : file;
  const text = file === '-' ? await input() : read(file, folder);
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw new CommandFault(`${name} is not JSON.`);
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new CommandFault(`${name} is no request: it is not a JSON object.`);
  }
  return text;
}

function read(file: string, folder: string): string {
  try {
    return readFileSync(resolve(folder, file), 'utf8');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CommandFault(code === 'ENOENT' ? `there is no file ${file}.` : `${file} cannot be read (${code}).`, {
      cause: error,
    });
  }
}

function headersOf({ task, tier, hint }: ExplainOptions): Record<string, string> {
  if (task !== undefined && readTask(task) === undefined)
    throw new WrongOption(`--task is one of ${TASKS.join(', ')}.`);
  if (tier !== undefined && readTier(tier) === undefined)
    throw new WrongOption(`--tier is one of ${TIERS.join(', ')}.`);
  if (hint !== undefined && !HEADER_TEXT.test(hint)) throw new WrongOption('--hint is the name of a model.');
  return {
    ...(task === undefined ? {} : { 'x-llmproxy-task': task.trim() }),
    ...(tier === undefined ? {} : { 'x-llmproxy-tier': tier.trim() }),
    ...(hint === undefined ? {} : { 'x-llmproxy-model-hint': hint }),
  };
}

/** A virtual key counts before the admin token: what a key may use is another answer. */
function callerOf(options: ExplainOptions, place: ExplainPlace): Target {
  const { url, token } = targetOf(options, place);
  const secret = callerKey(options.key, place) ?? token;
  return { url, ...(secret === undefined ? {} : { token: secret }) };
}

function refused(status: number, text: string, { url }: Target): CommandFault {
  const sentence = sentenceIn(text) ?? `the proxy at ${url} refused with status ${status} and no reason.`;
  if (status === 401) {
    return new CommandFault(`${ended(sentence)} Set ${KEY_VARIABLE} to a virtual key, or LLMPROXY_ADMIN_TOKEN.`);
  }
  if (status === 404 && sentence === 'Not Found')
    return new CommandFault(`the proxy at ${url} cannot explain requests.`);
  return new CommandFault(ended(sentence));
}

function ended(sentence: string): string {
  return sentence.endsWith('.') ? sentence : `${sentence}.`;
}

interface Issue {
  readonly loc?: readonly (string | number)[];
  readonly msg?: string;
}

/** What `{"detail": …}` says: a sentence, or one for each member that is wrong. */
function sentenceIn(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: string | readonly Issue[] };
    if (typeof detail === 'string') return detail;
    if (!Array.isArray(detail)) return undefined;
    return (detail as readonly Issue[]).map(({ loc = [], msg = '' }) => `${loc.join('.')}: ${msg}`).join('; ');
  } catch {
    return undefined;
  }
}
