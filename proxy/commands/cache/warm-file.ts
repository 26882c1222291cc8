import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { ProxyError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import { scanJson } from '../../wire/json-scan.ts';
import { CommandFault } from '../place.ts';

const DEFAULT_PATH = '/v1/chat/completions';
/** A path of a proxy, with a query or without. */
const PATH = /^\/[\w\-.~%:/]*(?:\?[\w\-.~%:/?&=+,]*)?$/;

/** One request of the file. */
export interface WarmRequest {
  /** Number of its line, from 1. */
  readonly line: number;
  readonly path: string;
  /** JSON, byte for byte as it stands in the file. */
  readonly body: Buffer;
}

/** The requests of a file, one a line, in their order. Throws CommandFault for a file that cannot be read or a line that is no request. */
export async function* requestsIn(file: string, folder: string): AsyncGenerator<WarmRequest> {
  let line = 0;
  try {
    const input = createReadStream(resolve(folder, file));
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      if (text.trim() !== '') yield requestOf(text, line, file);
    }
  } catch (error) {
    if (error instanceof CommandFault) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CommandFault(code === 'ENOENT' ? `there is no file ${file}.` : `${file} cannot be read (${code}).`, {
      cause: error,
    });
  }
}

function requestOf(text: string, line: number, file: string): WarmRequest {
  const parsed = parse(text);
  const wrong = (what: string): CommandFault => new CommandFault(`line ${line} of ${file} ${what}.`);
  if (!isJsonObject(parsed)) throw wrong('is not a JSON object');
  const { path = DEFAULT_PATH, body, ...others } = parsed;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(`has the member ${JSON.stringify(unknown)}; known are "path" and "body"`);
  if (typeof path !== 'string' || !PATH.test(path)) throw wrong('has a path that is none, such as /v1/embeddings');
  if (!isJsonObject(body)) throw wrong('has no body that is a JSON object');
  return { line, path, body: bodyIn(text, wrong) };
}

/** The bytes of the member `body`: written anew, large numbers would be others, and so would be the key of the entry. */
function bodyIn(text: string, wrong: (what: string) => CommandFault): Buffer {
  const bytes = Buffer.from(text);
  try {
    const member = scanJson(bytes).members.findLast(({ key }) => key === 'body');
    if (member) return bytes.subarray(member.valueStart, member.valueEnd);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
  }
  throw wrong('is nested too deep or has too many members');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
