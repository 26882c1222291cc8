/**
 * Adds the front that `LLMPROXY_TEST_FRONT` names (`node` or `fast`) to a configuration that says nothing about it: every system test can
 * run on both.
 */
export function withTestFront<T extends object>(config: T): T {
  const front = process.env['LLMPROXY_TEST_FRONT'];
  if (front === undefined || front === '') return config;
  const server = 'server' in config && typeof config.server === 'object' ? config.server : {};
  return { ...config, server: { front, ...server } };
}
