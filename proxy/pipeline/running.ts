import type { RequestContext } from './context.ts';

/**
 * The exchanges that run now, linked through themselves. A set of objects that come and go as fast leaves outgrown tables
 * behind, each of which keeps what it once held until the next full collection.
 */
export class RunningExchanges {
  #first: RequestContext | undefined;

  add(context: RequestContext): void {
    const first = this.#first;
    context.nextRunning = first;
    if (first) first.previousRunning = context;
    this.#first = context;
  }

  /** Of one that is not here: nothing. */
  remove(context: RequestContext): void {
    const { previousRunning: previous, nextRunning: next } = context;
    if (previous) previous.nextRunning = next;
    else if (this.#first === context) this.#first = next;
    else return;
    if (next) next.previousRunning = previous;
    context.previousRunning = undefined;
    context.nextRunning = undefined;
  }

  /** How many there are: they are counted one by one, so this is for what is asked rarely. */
  get size(): number {
    let size = 0;
    for (let context = this.#first; context; context = context.nextRunning) size += 1;
    return size;
  }

  /** Ends the answers that are followed now, each with an error in its own form where it has one. */
  interrupt(): void {
    let context = this.#first;
    while (context) {
      const next = context.nextRunning;
      context.attachment?.interrupt();
      context = next;
    }
  }
}
