import type { Command } from 'commander';
import { addBenchmark } from './benchmark/program.ts';
import type { BenchmarkServers } from './benchmark/session.ts';
import { addCache } from './cache/program.ts';
import { addCompletion } from './completion/program.ts';
import { addConfigCommands } from './config/program.ts';
import { addCredentialCommands } from './credentials/program.ts';
import { addExplain } from './explain/program.ts';
import { addKeys } from './keys/program.ts';
import type { Exit } from './parts.ts';
import { addStatus } from './status/program.ts';
import { addUsage } from './usage-program.ts';

/**
 * Adds the commands that work on a configuration, those that ask a running proxy, and the benchmark, which may start what it asks. What
 * they do is loaded when one of them is called.
 */
export function addCommands(program: Command, exit: Exit, servers: () => Promise<BenchmarkServers>): void {
  addConfigCommands(program, exit);
  addStatus(program, exit);
  addKeys(program, exit);
  addUsage(program, exit);
  addExplain(program, exit);
  addCache(program, exit);
  addBenchmark(program, exit, servers);
  addCredentialCommands(program, exit);
  addCompletion(program, exit);
}
