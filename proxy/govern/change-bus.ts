import { randomUUID } from 'node:crypto';
import type { ChangeBus } from '../governance/governance.ts';
import type { RedisClient } from '../redis/client.ts';

/** Announces over Redis that something has changed; a replica does not hear itself. */
export function redisChangeBus(client: Pick<RedisClient, 'keys' | 'send' | 'subscribe'>): ChangeBus {
  const origin = randomUUID();
  const channel = client.keys.governanceChannel;
  return {
    publish: () => void client.send([['PUBLISH', channel, origin]]),
    subscribe: (onChange) =>
      client.subscribe(
        channel,
        (from) => {
          if (from !== origin) onChange();
        },
        onChange,
      ),
  };
}
