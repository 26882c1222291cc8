// The program of one worker of several (`server.workers`): the primary process starts it and says what it is to do.
import process from 'node:process';
import { App } from './app.ts';
import { IdleMemory } from './idle-memory.ts';
import { VERSION } from './version.ts';
import { WorkerLink } from './workers/worker-link.ts';
import type { RunningWorker } from './workers/worker-side.ts';

async function startWorker(link: WorkerLink): Promise<RunningWorker> {
  const app = await App.start({ load: () => link.loaded, worker: link.side });
  IdleMemory.watch(() => app.activity());
  return app.asWorker();
}

const link = new WorkerLink({
  port: {
    get connected() {
      return process.connected;
    },
    send: (message, sent) => void process.send?.(message, undefined, undefined, sent),
  },
  version: VERSION,
  start: startWorker,
  ended: () => process.disconnect(),
});
// A terminal and a service manager send signals to the whole group; what they mean is for the primary to decide.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('message', (message) => link.hear(message));
