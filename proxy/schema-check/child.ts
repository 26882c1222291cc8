// Runs in a process of its own: what it is asked to judge may fill its memory or never end.
import { createContext, Script } from 'node:vm';
import { judge } from './judge.ts';
import { ORPHAN_MS } from './limits.ts';
import type { ChildMessage, ChildQuestion } from './types.ts';
import { Validators } from './validators.ts';

const validators = new Validators();
const answer = (message: ChildMessage): void => void process.send?.(message);
const script = new Script('judge()');

// The checker ends this process when it wants to. An interrupt of the terminal is meant for the proxy, which may still drain.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', (question: ChildQuestion) => {
  const context = createContext({ judge: () => judge(question, validators) });
  // A proxy that is gone ends nothing any more: then the time of the script is up.
  answer(script.runInContext(context, { timeout: ORPHAN_MS }) as ChildMessage);
});
answer('ready');
