/** Where a command writes: `process.stdout`, `process.stderr`, or a test. */
interface Output {
  write(text: string): unknown;
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

/** Runs a command that prints its own result. Returns the exit code: 1 with the sentence of a CommandFault. */
export async function exitCodeOf(name: string, place: CommandPlace, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    place.err.write(`llmproxy ${name}: ${error.message}\n`);
    return 1;
  }
}
