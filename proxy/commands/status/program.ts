import { setTimeout as after } from 'node:timers/promises';
import type { Command } from 'commander';
import { asksProxy, here, interruptible, type Exit } from '../parts.ts';
import type { StatusOptions } from './options.ts';

/** Adds `llmproxy status`. */
export function addStatus(program: Command, exit: Exit): void {
  asksProxy(program.command('status').description('show models and endpoints of a running proxy, live on a terminal'))
    .option('--once', 'print once, also on a terminal')
    .option('--json', 'print what /health and /stats say, once')
    .addHelpText('after', '\nCtrl-C ends the live table. LLMPROXY_ADMIN_TOKEN is the admin token of the proxy.')
    .action(async (options: StatusOptions) => {
      const { runStatus } = await import('./status-command.ts');
      const { signal, release } = interruptible();
      const wait = (ms: number): Promise<void> => after(ms, undefined, { signal }).catch(() => undefined);
      try {
        exit(await runStatus(options, { ...here(), signal, wait, now: Date.now }));
      } finally {
        release();
      }
    });
}
