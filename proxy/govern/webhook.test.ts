import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Secret } from '../core/secret.ts';
import { signatureOf, Webhook, type WebhookTarget } from './webhook.ts';

const TARGET = { url: 'https://hooks.example.com/hook' };

/** `answers`: what the tries come to, one after another, and then success. */
function makeWebhook(answers: (string | undefined)[] = [], target: WebhookTarget | null = TARGET) {
  const clock = new ManualClock();
  const [lost, sent] = [[] as string[], [] as string[]];
  const webhook = new Webhook({
    clock,
    target: () => target ?? undefined,
    send: (_target, body) => {
      sent.push(body);
      return Promise.resolve(answers.shift());
    },
    onLost: (reason) => void lost.push(reason),
  });
  return { webhook, clock, lost, sent };
}

test('a signature is over the time and the body', () => {
  const digest = createHmac('sha256', 'a-secret').update('1780000000.{"n":1}').digest('hex');
  expect(signatureOf(new Secret('a-secret'), 1_780_000_000, '{"n":1}')).toBe(`t=1780000000,v1=${digest}`);
});

test('events go out one after another, each tried three times with growing pauses', async () => {
  const { webhook, clock, lost, sent } = makeWebhook(['status 500', 'status 302', 'status 500']);
  webhook.post({ n: 1 });
  webhook.post({ n: 2 });
  await expect.poll(() => clock.timers).toBe(1);
  expect(sent).toEqual(['{"n":1}']);
  clock.advance(1_000);
  await expect.poll(() => sent).toHaveLength(2);
  await expect.poll(() => clock.timers).toBe(1);
  clock.advance(4_999);
  expect(sent).toHaveLength(2);
  clock.advance(1);
  await expect.poll(() => sent).toEqual(['{"n":1}', '{"n":1}', '{"n":1}', '{"n":2}']);
  expect(lost).toEqual(['status 500']);
});

test('a stopping proxy gives what waits one more try, without a pause', async () => {
  const { webhook, clock, lost, sent } = makeWebhook(['a', 'b', 'c']);
  webhook.post({ n: 1 });
  webhook.post({ n: 2 });
  await expect.poll(() => clock.timers).toBe(1);
  await webhook.close();
  expect(sent).toEqual(['{"n":1}', '{"n":1}', '{"n":2}']);
  expect(lost).toEqual(['b', 'c']);
  webhook.post({ n: 3 });
  expect(sent).toHaveLength(3);
  expect(clock.timers).toBe(0);
});

test('a thousand events wait, one more is lost; without a webhook none does', async () => {
  const { webhook, lost, sent } = makeWebhook();
  for (let n = 0; n < 1_002; n += 1) webhook.post({ n });
  expect(lost).toEqual(['too many events are waiting']);
  await webhook.close();
  expect(sent).toHaveLength(1_001);
  const none = makeWebhook([], null);
  none.webhook.post({ n: 1 });
  await none.webhook.close();
  expect([none.lost, none.sent]).toEqual([[], []]);
});
