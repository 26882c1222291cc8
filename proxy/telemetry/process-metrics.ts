import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import { Counter, Gauge, Registry } from 'prom-client';

type Reading = readonly [name: string, help: string, read: () => number];

const MICROSECONDS = 1e6;

const GAUGES: readonly Reading[] = [
  ['process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss()],
  ['process_start_time_seconds', 'Start of the process, Unix time.', () => performance.timeOrigin / 1_000],
  ['nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => process.memoryUsage().heapUsed],
  [
    'nodejs_external_memory_bytes',
    'Memory of buffers and other objects outside the heap.',
    () => process.memoryUsage().external,
  ],
  [
    'nodejs_eventloop_utilization',
    'Share of the time that the event loop was busy since the start, 0..1.',
    () => performance.eventLoopUtilization().utilization,
  ],
];

const COUNTERS: readonly Reading[] = [
  ['process_cpu_user_seconds_total', 'CPU time spent in user mode.', () => process.cpuUsage().user / MICROSECONDS],
  ['process_cpu_system_seconds_total', 'CPU time spent in the kernel.', () => process.cpuUsage().system / MICROSECONDS],
];

const NANOSECONDS = 1e9;
const LAG_QUANTILES = [50, 99, 100] as const;

/** One for the process, however many proxies run in it; it holds no process open. */
const EVENT_LOOP_DELAY = monitorEventLoopDelay({ resolution: 20 });

function registerEventLoopLag(registry: Registry): void {
  EVENT_LOOP_DELAY.enable();
  registry.registerMetric(
    new Gauge({
      name: 'nodejs_eventloop_lag_seconds',
      help: 'How late timers were since the last scrape, by quantile.',
      labelNames: ['quantile'],
      registers: [],
      collect() {
        for (const percent of LAG_QUANTILES) {
          this.labels(String(percent / 100)).set(EVENT_LOOP_DELAY.percentile(percent) / NANOSECONDS);
        }
        EVENT_LOOP_DELAY.reset();
      },
    }),
  );
}

/** Registers the readings of the process. They are taken when asked for and cost nothing in between. */
export function registerProcessMetrics(registry: Registry): void {
  registerEventLoopLag(registry);
  for (const [name, help, read] of GAUGES) {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(read());
        },
      }),
    );
  }
  for (const [name, help, read] of COUNTERS) {
    registry.registerMetric(
      new Counter({
        name,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(read());
        },
      }),
    );
  }
}

/** The readings of this process alone, as Prometheus text. To be called one at a time. */
export async function processMetrics(): Promise<string> {
  const registry = new Registry();
  registerProcessMetrics(registry);
  return `${await registry.metrics()}\n`;
}
