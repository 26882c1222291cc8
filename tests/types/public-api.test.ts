// What users of the package compile against. tsc judges these files; the runner only proves that they load.
import { expect, expectTypeOf, inject, test } from 'vitest';
import type { AnswerRule, Fault, FaultRule, Fleet, JournalEntry, Mock, MockControl } from '../../mocks/index.ts';
import { connectMock, startFleet, startMock } from '../../mocks/index.ts';
import { mock } from '../../mocks/vitest.ts';
import { App, ConfigError, parseConfig } from '../../proxy/index.ts';
import { ERRORS, type ErrorCode, ProxyError } from '../../proxy/core/errors.ts';

test('a mock that was started is a handle that can be disposed of', () => {
  expectTypeOf(startMock).returns.resolves.toEqualTypeOf<Mock>();
  expectTypeOf<Mock>().toExtend<MockControl & AsyncDisposable>();
  expectTypeOf<Mock['port']>().toBeNumber();
  expectTypeOf<Mock['baseURL']>().toBeString();
  expect(startMock).toBeTypeOf('function');
});

test('a fleet and a handle on a running mock speak the same language', () => {
  expectTypeOf(startFleet).returns.resolves.toEqualTypeOf<Fleet>();
  expectTypeOf<Fleet['mocks']>().toEqualTypeOf<readonly Mock[]>();
  expectTypeOf(connectMock).returns.toExtend<MockControl>();
  expectTypeOf(mock).returns.toExtend<MockControl>();
  expectTypeOf<MockControl['requests']>().returns.resolves.toEqualTypeOf<JournalEntry[]>();
  expect(connectMock).toBeTypeOf('function');
});

test('rules and faults are checked where they are written', () => {
  expectTypeOf<{ match: { text: string }; reply: { text: string } }>().toExtend<AnswerRule>();
  expectTypeOf<{ times: number; fault: { kind: 'status'; status: number } }>().toExtend<FaultRule>();
  expectTypeOf<{ kind: 'no such fault' }>().not.toExtend<Fault>();
  expectTypeOf<{ reply: { txt: string }; times: string }>().not.toExtend<AnswerRule>();
  expect(ERRORS).toBeDefined();
});

test('the proxy starts from a configuration, and a wrong one is an error of its own class', () => {
  expectTypeOf<typeof App.start>().returns.resolves.toEqualTypeOf<App>();
  expectTypeOf<App['url']>().toBeString();
  expect(() => parseConfig('models: 1', 'test', { environment: {} })).toThrow(ConfigError);
});

test('an error has a code of the table and no other', () => {
  expectTypeOf<'model_not_found'>().toExtend<ErrorCode>();
  expectTypeOf<'no_such_code'>().not.toExtend<ErrorCode>();
  expect(new ProxyError('model_not_found', 'gone').status).toBe(404);
});

test('what global setup provides is typed', () => {
  expectTypeOf(inject<'redisUrl'>).returns.toBeString();
  expectTypeOf(inject<'mockUrls'>).returns.toEqualTypeOf<string[]>();
  expectTypeOf(inject<'live'>).returns.toBeBoolean();
  expect(inject).toBeTypeOf('function');
});
