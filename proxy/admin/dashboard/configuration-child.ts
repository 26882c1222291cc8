// Runs in a process of its own: a long text takes seconds to be read. It does one job.
import process from 'node:process';
import type { ConfigurationJob } from './configuration-desk.ts';
import { shownCheck, shownConfiguration } from './configuration-views.ts';

// An interrupt of the terminal is meant for the proxy, which ends this process.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit());
process.once('message', ({ origin, text }: ConfigurationJob) => {
  process.send?.(text === undefined ? shownConfiguration(origin) : shownCheck(origin, text));
});
