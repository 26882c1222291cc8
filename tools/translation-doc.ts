import { CLIENTS, ENDPOINTS, play, SCENARIO_NAMES } from './translation/play.ts';

const wanted = process.argv.slice(2);
process.setMaxListeners(0);
for (const client of CLIENTS) for (const endpoint of ENDPOINTS) for (const stream of [false, true]) {
  const cells = [];
  for (const name of SCENARIO_NAMES) if (wanted.length === 0 || wanted.includes(name)) cells.push(`${name}: ${(await play(name, { client, endpoint, stream })).words}`);
  console.log(client.name, '→', endpoint.name, stream ? 'stream' : 'JSON', '|', cells.join(' | '));
}
