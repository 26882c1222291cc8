/** Two windows that agree: the later one is not more than this share away from the one before. */
const AGREE = 0.1;

/** A window measures a few requests and says what one of them cost, in any unit. */
export type Window = () => Promise<number>;

/** Runs windows until two that follow each other agree. False when they did not after `most` of them. */
export async function warmUntilSteady(window: Window, most: number): Promise<boolean> {
  let before = await window();
  for (let done = 1; done < most; done++) {
    const cost = await window();
    if (Math.abs(cost - before) <= before * AGREE) return true;
    before = cost;
  }
  return false;
}
