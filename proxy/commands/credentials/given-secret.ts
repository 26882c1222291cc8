import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandFault, type CommandPlace } from '../place.ts';

/**
 * A secret that an option gives: `env:NAME`, `file:PATH` or the secret itself, of which `place.err` hears a warning. Throws
 * CommandFault, whose sentence does not show it.
 */
export function givenSecret(option: string, text: string, place: CommandPlace): string {
  const secret = read(option, text, place);
  if (secret === '') throw new CommandFault(`${option} names an empty secret.`);
  return secret;
}

function read(option: string, text: string, { environment, folder, err }: CommandPlace): string {
  if (text.startsWith('env:')) {
    const name = text.slice('env:'.length);
    const value = environment[name];
    if (value === undefined) throw new CommandFault(`${option} names the variable ${name}, which is not set.`);
    return value;
  }
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length);
    try {
      return readFileSync(resolve(folder, path), 'utf8').trim();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandFault(`${option} names the file ${path}, which cannot be read (${code ?? 'unknown error'}).`, {
        cause: error,
      });
    }
  }
  err.write(
    `warning: ${option} has the secret itself: other users of this machine can see it. Use env:NAME or file:PATH.\n`,
  );
  return text;
}
