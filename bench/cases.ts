import { type Case, hit, messages, miss, paced } from './case.ts';
import type { ServerName } from './servers.ts';

const KB = 1_024;
const PEERS: readonly ServerName[] = ['nginx', 'haproxy', 'rolter', 'portkey', 'litellm'];
const FLOORS: readonly ServerName[] = ['direct', 'floor', 'relay', 'middleware'];
const OWN: readonly ServerName[] = ['llmproxy'];
const EVERY: readonly ServerName[] = [...FLOORS, ...PEERS, ...OWN];
const REDIS: readonly ServerName[] = ['rolter-redis', 'llmproxy-redis'];
const CHAT_END = 'data: [DONE]';
const MESSAGES_END = '"type":"message_stop"}';

const small = { connections: 16, total: 6_000, warm: 3_000 };
const large = { connections: 8, total: 1_000, warm: 500 };

export const CASES: readonly Case[] = [
  miss('pass-small', 'JSON pass-through, 0.5 KB prompt (cache off)', [...EVERY, 'llmproxy-keys'], 512, small),
  {
    ...miss(
      'record-small',
      'JSON miss, 0.5 KB prompt: looked up, recorded, stored; beside it the same cache off (llmproxy-plain)',
      ['llmproxy-plain', 'llmproxy', 'llmproxy-keys', 'llmproxy-redis', 'rolter-redis'],
      512,
      small,
    ),
    chat: { model: 'bench-json', bytes: 512, stream: false, unique: true },
  },
  miss('pass-large', 'JSON pass-through, 100 KB prompt (cache off)', EVERY, 100 * KB, large),
  hit(
    'hit-small',
    'hit, JSON, 0.5 KB prompt',
    ['nginx', ...OWN, 'llmproxy-keys', ...REDIS, 'llmproxy-keys-redis', 'litellm'],
    {},
    {
      ...small,
      total: 8_000,
    },
  ),
  hit(
    'hit-medium',
    'hit, JSON, 8 KB prompt',
    ['nginx', ...OWN, 'llmproxy-keys', ...REDIS],
    { bytes: 8 * KB },
    {
      ...small,
      total: 5_000,
      warm: 2_000,
    },
  ),
  // nginx has no row: it asks upstream for everything whose cache key is larger than one of its buffers may be.
  hit(
    'hit-large',
    'hit, JSON, 100 KB prompt',
    [...OWN, 'llmproxy-keys', ...REDIS],
    { bytes: 100 * KB },
    {
      connections: 16,
      total: 1_500,
      warm: 700,
    },
  ),
  hit(
    'hit-stream',
    'hit, stream of 27 KB',
    [...OWN, ...REDIS],
    { model: 'bench-burst', stream: true },
    {
      connections: 16,
      total: 4_000,
      warm: 2_000,
    },
  ),
  hit(
    'hit-1mb',
    'hit, JSON answer of 1 MB',
    [...OWN, ...REDIS],
    { model: 'bench-1mb' },
    {
      connections: 8,
      total: 400,
      warm: 150,
    },
  ),
  hit(
    'hit-1mb-stream',
    'hit, stream of 1 MB',
    [...OWN, ...REDIS],
    { model: 'bench-1mb-stream', stream: true },
    {
      connections: 8,
      total: 400,
      warm: 150,
    },
  ),
  paced('stream-paced', 'stream of 100 events 5 ms apart (llmproxy: recorded and stored)', EVERY),
  paced('stream-messages', 'the same by a Messages client at a Messages endpoint', ['llmproxy'], {
    chat: messages('bench-paced-messages', 'messages'),
  }),
  paced('chat-to-messages', 'translated stream: a chat client at a Messages endpoint', ['llmproxy'], {
    chat: messages('bench-paced-messages'),
    translated: CHAT_END,
  }),
  paced('messages-to-chat', 'translated stream: a Messages client at a chat endpoint', ['llmproxy'], {
    chat: messages('bench-paced', 'messages'),
    translated: MESSAGES_END,
  }),
  {
    ...paced('first-event', 'first byte of a stream, one at a time (llmproxy: recorded and stored)', EVERY),
    chat: messages('bench-burst'),
    connections: 1,
    total: 200,
    warm: 200,
  },
  miss(
    'rate-small',
    'JSON pass-through, 0.5 KB prompt, 2,000 a second',
    ['direct', ...PEERS.slice(0, 3), ...OWN],
    512,
    {
      ...small,
      connections: 32,
      rate: 2_000,
      total: 4_000,
    },
  ),
  miss(
    'rate-large',
    'JSON pass-through, 100 KB prompt, 500 a second',
    ['direct', ...PEERS.slice(0, 3), ...OWN],
    100 * KB,
    {
      ...large,
      connections: 32,
      rate: 500,
    },
  ),
  hit(
    'rate-hit',
    'hit, JSON, 0.5 KB prompt, 4,000 a second',
    ['nginx', ...OWN, ...REDIS],
    {},
    {
      ...small,
      connections: 32,
      rate: 4_000,
      total: 8_000,
    },
  ),
  hit(
    'rate-hit-large',
    'hit, JSON, 100 KB prompt, 500 a second',
    [...OWN, ...REDIS],
    { bytes: 100 * KB },
    {
      ...large,
      connections: 32,
      rate: 500,
    },
  ),
  miss(
    'endpoints-200',
    'JSON pass-through at a model with one endpoint (llmproxy-plain) and with 200',
    ['llmproxy-plain', 'llmproxy-200'],
    512,
    small,
  ),
  {
    ...miss(
      'workers-2',
      'JSON pass-through by one process and by two workers',
      ['llmproxy-plain', 'llmproxy-workers'],
      512,
      {
        connections: 64,
        total: 20_000,
        warm: 6_000,
      },
    ),
    cores: 4,
  },
];
