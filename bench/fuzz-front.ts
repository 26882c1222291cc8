/**
 * Sends seeded random bytes to both fronts and compares what they answer: `node bench/fuzz-front.ts [--seed N] [--count N]`. Ends with code
 * 1 at the first input that they answer differently.
 */
import { parseArgs } from 'node:util';
import { agree, openBothFronts } from '../tests/system/both-fronts.ts';
import { Chance, fuzzInput } from '../tests/system/front-fuzz.ts';

const SIDE_BY_SIDE = 32;
const REPORT_EVERY = 20_000;

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '1000000' } },
});
const seed = Number(values.seed);
const count = Number(values.count);

await using both = await openBothFronts();
let next = 0;
let done = 0;
let differ = 0;

async function work(): Promise<void> {
  while (next < count && differ === 0) {
    const number = next++;
    const pieces = fuzzInput(new Chance(seed + number));
    const answers = await both.ask(pieces);
    done += 1;
    if (!agree(answers)) {
      differ += 1;
      process.stdout.write(
        `${JSON.stringify({ input: seed + number, pieces: pieces.map((piece) => piece.toString('latin1')), answers }, null, 2)}\n`,
      );
    }
    if (done % REPORT_EVERY === 0)
      process.stdout.write(`${done} inputs, ${both.fast.taken} requests answered by the fast front\n`);
  }
}

await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
process.stdout.write(
  `${done} inputs from ${seed} on: ${differ} differ; ${both.fast.taken} requests answered by the fast front\n`,
);
process.exitCode = differ === 0 ? 0 : 1;
