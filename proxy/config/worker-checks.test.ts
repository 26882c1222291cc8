import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { ConfigError } from './fault.ts';
import { parseConfig } from './load.ts';

const MODELS = { m: { endpoints: [{ provider: 'mock', name: 'a' }] } };

function parse(sections: object) {
  return parseConfig(JSON.stringify({ models: MODELS, ...sections }), 'test.yaml', { environment: {} });
}

function faultsOf(sections: object): string[] {
  try {
    parse(sections);
    return [];
  } catch (error) {
    return (error as ConfigError).faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

test('one process is the default, and auto is one for each core', () => {
  expect(parse({}).config.server.workers).toBe(1);
  expect(parse({ server: { workers: 4 } }).config.server.workers).toBe(4);
  expect(parse({ server: { workers: 'auto' } }).config.server.workers).toBe(availableParallelism());
  for (const workers of [0, -1, 1.5, 257, 'all']) {
    expect(faultsOf({ server: { workers } })).toEqual([
      expect.stringContaining('server.workers: expected auto, or a whole number from 1 to 256') as string,
    ]);
  }
});

test('where limits are counted several workers need Redis', () => {
  const needs = [expect.stringMatching(/^server\.workers: .*2 workers need `redis`/) as string];
  for (const section of ['database', 'governance']) {
    expect(faultsOf({ server: { workers: 2 }, [section]: {} })).toEqual(needs);
    expect(faultsOf({ server: { workers: 1 }, [section]: {} })).toEqual([]);
    expect(faultsOf({ server: { workers: 2 }, [section]: {}, redis: { url: 'redis://127.0.0.1:6379' } })).toEqual([]);
    expect(faultsOf({ server: { workers: 2 }, [section]: {}, redis: { cluster: ['127.0.0.1:7000'] } })).toEqual([]);
  }
});

test('what is divided has a part for each worker, or is off', () => {
  const server = { workers: 4, max_concurrency: 3, queue: { size: 2 }, response_sockets: 1 };
  const endpoints = [{ provider: 'mock', name: 'a', max_concurrency: 2 }];
  const sections = { server, responses: { background: 3 }, models: { m: { endpoints } } };
  const message = 'expected at least 4, one for each of server.workers, found';
  expect(faultsOf(sections)).toEqual([
    `models.m.endpoints: ${message} 2 as max_concurrency of m/a`,
    `server.max_concurrency: ${message} 3`,
    `server.queue.size: ${message} 2`,
    `server.response_sockets: ${message} 1`,
    `responses.background: ${message} 3`,
  ]);
  const off = { server: { workers: 4, queue: { size: 0 }, response_sockets: 0 }, responses: { background: 0 } };
  expect(faultsOf(off)).toEqual([]);
});
