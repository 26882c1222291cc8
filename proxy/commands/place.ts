/** Where a command writes: `process.stdout`, `process.stderr`, or a test. */
export interface Output {
  write(text: string): unknown;
  /** A terminal; left out = it is none. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface CommandPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly out: Output;
  readonly err: Output;
}

/** A command that cannot do what it should; the message is a sentence for the person who called it. */
export class CommandFault extends Error {
  override readonly name = 'CommandFault';
}

/** An option that cannot be used: its value, or with the others. */
export class WrongOption extends CommandFault {}

export const WRONG_OPTION = 2;

/** Runs a command that prints its own result. Returns the exit code: 1 with the sentence of a CommandFault, 2 with that of a WrongOption. */
export async function exitCodeOf(name: string, place: CommandPlace, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    place.err.write(`llmproxy ${name}: ${error.message}\n`);
    return error instanceof WrongOption ? WRONG_OPTION : 1;
  }
}
