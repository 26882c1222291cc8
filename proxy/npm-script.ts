import { readFileSync } from 'node:fs';

const LOOK_MS = 500;
/** Commands that start the proxy. */
const OWN_COMMAND = /llmproxy|proxy[/\\]bin\.[jt]s/;
/** A script that puts something into the background means it to outlive the script. `&&`, `>&` and `&>` do not. */
const BACKGROUND = /(?<![&>])&(?![&>])|\b(?:nohup|setsid)\b/;

/** Processes above this one, nearest first: its parent, and where the system has a process table, that one's parent. */
export type ReadAncestors = () => readonly (number | undefined)[];

/**
 * Resolves when the npm script that runs this process has ended. npm passes SIGTERM on to the shell of the script alone,
 * and SIGKILL to nothing: a proxy that was started by `npm start` would live on. Never resolves elsewhere.
 */
export function npmScriptEnds(env: NodeJS.ProcessEnv, ancestors: ReadAncestors = parentAndGrandparent): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const script = env['npm_lifecycle_script'] ?? '';
  if (!OWN_COMMAND.test(script) || BACKGROUND.test(script)) return promise;
  const first = ancestors();
  const timer = setInterval(() => {
    const now = ancestors();
    if (first.every((pid, place) => pid === now[place])) return;
    clearInterval(timer);
    resolve();
  }, LOOK_MS).unref();
  return promise;
}

function parentAndGrandparent(): readonly (number | undefined)[] {
  return [process.ppid, parentOf(process.ppid)];
}

/** Undefined where there is no process table to read. */
function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may hold anything; state and parent follow the last one.
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined;
  }
}
