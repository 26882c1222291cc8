import type { Command, RedisClient } from '../redis/client.ts';
import { UNAVAILABLE } from '../redis/unavailable.ts';
import type { Unavailable } from '../redis/unavailable.ts';

/** Commands of one batch: far fewer bytes than what travels on a connection of its own. */
const MAX_COMMANDS = 32;

interface Batch {
  readonly commands: Command[];
  readonly answers: Promise<unknown[] | Unavailable>;
}

/** Sends the small commands of one turn of the event loop in one write. Where one of them fails all are UNAVAILABLE. */
export class CommandBatch {
  readonly #client: Pick<RedisClient, 'send'>;
  #open: Batch | undefined;

  constructor(client: Pick<RedisClient, 'send'>) {
    this.#client = client;
  }

  send(command: Command): Promise<unknown> {
    const { commands, answers } = this.#batch();
    const place = commands.length;
    commands.push(command);
    if (commands.length === MAX_COMMANDS) this.#open = undefined;
    return answers.then((all) => (all === UNAVAILABLE ? UNAVAILABLE : all[place]));
  }

  #batch(): Batch {
    if (this.#open) return this.#open;
    const commands: Command[] = [];
    const answers = new Promise<unknown[] | Unavailable>((resolve) => {
      setImmediate(() => {
        if (this.#open?.commands === commands) this.#open = undefined;
        resolve(this.#client.send(commands));
      });
    });
    const batch = { commands, answers };
    this.#open = batch;
    return batch;
  }
}
