/** After a difference so many predicted tokens are searched for the next that fits. */
const SEARCHED = 64;

export interface PredictionUse {
  /** Predicted tokens that are in the answer. */
  readonly accepted: number;
  /** Predicted tokens that are not; they are billed like the answer's own. */
  readonly rejected: number;
}

/** How much of a predicted output came true: both are walked side by side, and after a difference the prediction is taken up where it fits again. */
export function predictionUse(predicted: readonly number[], answered: readonly number[]): PredictionUse {
  let accepted = 0;
  let at = 0;
  for (const id of answered) {
    const next = predicted.slice(at, at + SEARCHED).indexOf(id);
    if (next < 0) continue;
    accepted += 1;
    at += next + 1;
  }
  return { accepted, rejected: predicted.length - accepted };
}
