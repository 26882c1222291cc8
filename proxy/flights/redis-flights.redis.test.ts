import { onTestFinished } from 'vitest';
import { describeTopologies } from '../redis/topologies.fixture.ts';
import { RedisFlights } from './redis-flights.ts';
import { describeSharedFlights } from './shared-flights-conformance.fixture.ts';

describeTopologies('shared generations', ({ connect }) => {
  describeSharedFlights('redis', async () => {
    const prefix = `test-${crypto.randomUUID()}`;
    const open = async () => {
      const client = await connect({ prefix });
      const flights = new RedisFlights({ client });
      await flights.start();
      onTestFinished(() => flights.close());
      return { flights, client };
    };
    const [one, two, three] = [await open(), await open(), await open()];
    return {
      processes: [one.flights, two.flights, three.flights],
      kill: (index) => [one, two, three][index]?.client.close(),
      store: async (key) => void (await one.client.send([['SET', one.client.keys.cacheEntry(key), 'x']])),
    };
  });
});
