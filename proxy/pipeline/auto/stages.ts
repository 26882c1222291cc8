import { admitPicked } from './admit-picked.ts';
import { goOn } from './go-on.ts';
import { learn, withLearned } from './learned.ts';
import { pick } from './pick.ts';
import { decide } from './decide.ts';
import { describeImages } from './describe.ts';

/** What the stages do for the model `auto`. They get it with the tools: without such a request none of it is loaded. */
export const AUTO_STAGES = { pick, admitPicked, decide, withLearned, learn, describeImages, goOn };

export type AutoStages = typeof AUTO_STAGES;
