import type { Config } from './config.ts';
import type { Findings } from './findings.ts';
import type { Path } from './path.ts';

/** What cannot be given to `server.workers` processes in equal parts, or counted in each of them by itself. */
export function workersFit(config: Config, findings: Findings): void {
  const { server, governance, redis, responses, models } = config;
  const { workers } = server;
  if (workers === 1) return;
  if (governance !== undefined && !redis.url && !redis.cluster && !redis.sentinels) {
    const message = `with \`database\` or \`governance\`, ${workers} workers need \`redis\`: without it each would count limits and budgets by itself; set redis.url, or server.workers: 1`;
    findings.fault(['server', 'workers'], message);
  }
  const divided = (path: Path, most: number | undefined, where = ''): void => {
    if (most === undefined || most === 0 || most >= workers) return;
    findings.fault(path, `expected at least ${workers}, one for each of server.workers, found ${most}${where}`);
  };
  divided(['server', 'max_concurrency'], server.maxConcurrency);
  divided(['server', 'queue', 'size'], server.queue.size);
  divided(['server', 'response_sockets'], server.responseSockets);
  divided(['responses', 'background'], responses.background);
  for (const { name, endpoints } of models) {
    for (const { id, maxConcurrency } of endpoints) {
      divided(['models', name, 'endpoints'], maxConcurrency, ` as max_concurrency of ${id}`);
    }
  }
}
