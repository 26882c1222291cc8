import { givenSecret } from './credentials/given-secret.ts';
import { CommandFault, type CommandPlace } from './place.ts';

const KEY_VARIABLE = 'LLMPROXY_KEY';
const HEADER_TEXT = /^[\x21-\x7e]{1,256}$/;

/** The virtual key that a command calls with: the option `--key`, else `LLMPROXY_KEY`. Throws CommandFault, whose sentence does not show it. */
export function callerKey(option: string | undefined, place: CommandPlace): string | undefined {
  const { [KEY_VARIABLE]: variable = '' } = place.environment;
  const key = option === undefined ? variable : givenSecret('--key', option, place);
  if (key !== '' && !HEADER_TEXT.test(key)) throw new CommandFault('the virtual key has characters that no key has.');
  return key === '' ? undefined : key;
}
