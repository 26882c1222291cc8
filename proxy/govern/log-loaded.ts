import type { KeyDirectory } from '../governance/directory.ts';
import type { ProxyLogger } from '../telemetry/logger.ts';

const COMPONENT = { component: 'governance' };

/** Says that keys are in memory, and that requests without one are let in where there are active ones. */
export function logLoaded(
  logger: ProxyLogger,
  { size: keys, activeKeys }: Pick<KeyDirectory, 'size' | 'activeKeys'>,
  requireKey: boolean,
): void {
  logger.info({ ...COMPONENT, keys }, 'virtual keys are loaded');
  if (requireKey || activeKeys === 0) return;
  const message = 'auth.require_key is off while virtual keys are active: requests without a key are let in';
  logger.warn(COMPONENT, message);
}
