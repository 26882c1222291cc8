// A program that has an answer judged and leaves the judging process as it is: `node judging-owner.fixture.ts stay|leave`.
import { questionOf, valueOf } from './checker.fixture.ts';
import { JudgingProcess } from './judging-process.ts';

// Without it, this program would not wait for the verdict either.
const stays = setInterval(() => undefined, 1_000);
const judging: JudgingProcess = new JudgingProcess({
  ready: () => judging.ask({ ...questionOf({ type: 'number' }), body: valueOf('x') }),
  verdict: (verdict) => {
    process.stdout.write(`${JSON.stringify({ pid: judging.pid, verdict })}\n`);
    if (process.argv[2] === 'leave') clearInterval(stays);
  },
  broken: () => process.exit(1),
});
