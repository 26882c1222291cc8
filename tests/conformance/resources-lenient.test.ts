import { expect, test } from 'vitest';
import { judged } from './judged.ts';
import { bedForFile } from './bed.ts';

const bed = judged(bedForFile({ lenientIds: true }));

test('an id that was never made is invented, and stays', async () => {
  const client = bed.client();
  const batch = await client.batches.retrieve('batch_from_yesterday');
  expect(batch).toMatchObject({ id: 'batch_from_yesterday', object: 'batch', status: 'validating' });
  expect(await client.batches.list()).toMatchObject({ data: [{ id: 'batch_from_yesterday' }] });
  const store = await client.vectorStores.files.retrieve('file-old', { vector_store_id: 'vs_old' });
  expect(store).toMatchObject({ id: 'file-old', vector_store_id: 'vs_old' });
  expect(await client.vectorStores.retrieve('vs_old')).toMatchObject({ id: 'vs_old' });
});
