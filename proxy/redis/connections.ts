import type { Redis } from 'ioredis';
import type { Random } from '../core/random.ts';
import { ClusterConnection, openListener } from './cluster-connection.ts';
import type { Connection } from './connection.ts';
import type { RedisPlace } from './place.ts';
import { openRedis, SingleConnection } from './single-connection.ts';

/** Opens connections to one place. */
export interface Connections {
  readonly commands: Connection;
  bulk(): Connection;
  /** For subscriptions alone. It ends with its connection where another node may be tried instead. */
  listener(): Redis;
}

export function connectionsTo(place: RedisPlace, random: Random): Connections {
  if (place.kind === 'cluster') {
    const commands = new ClusterConnection(place, random);
    return {
      commands,
      bulk: () => new ClusterConnection(place, random),
      listener: () => openListener(place, commands.addresses, random),
    };
  }
  return {
    commands: new SingleConnection(openRedis(place, random, { watchesFailover: true })),
    bulk: () => new SingleConnection(openRedis(place, random)),
    listener: () => openRedis(place, random),
  };
}
