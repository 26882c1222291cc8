import { CommandFault } from '../place.ts';

/** An option, or a file that an option names, cannot be used: exit code 2. */
export class OptionFault extends CommandFault {}

/** The call has no answer; the message is one sentence without a key. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
}

export function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
