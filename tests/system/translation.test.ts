import { expect, test } from 'vitest';
import { CLIENTS, ENDPOINTS, play, SCENARIO_NAMES } from '../../tools/translation/play.ts';

// Every client family at every endpoint family, by the official SDKs, through the proxy: docs/providers.md shows the same cells.

const CASES = CLIENTS.flatMap((client) =>
  ENDPOINTS.flatMap((endpoint) => [false, true].map((stream) => ({ client, endpoint, stream }))),
);

test.each(CASES.map((way) => [way.client.name, way.endpoint.name, way.stream ? 'stream' : 'JSON', way] as const))(
  'a client of %s at an endpoint of %s (%s)',
  { timeout: 60_000 },
  async (_client, _endpoint, _shape, way) => {
    const faults: string[] = [];
    for (const name of SCENARIO_NAMES) {
      const { fault } = await play(name, way);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
    expect(faults).toEqual([]);
  },
);
