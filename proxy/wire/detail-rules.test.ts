import { describe, expect, it } from 'vitest';
import { DetailFault } from '../core/detail-fault.ts';
import {
  choice,
  flag,
  integer,
  listOf,
  nullable,
  number,
  optional,
  queryFlag,
  queryInteger,
  readMembers,
  text,
  uuid,
} from './detail-rules.ts';

const RULES = {
  name: text({ min: 1, max: 4 }),
  size: optional(integer({ min: 1, max: 8_000 }), 1_000),
  heat: optional(number({ min: 0, max: 2 }), 0.7),
  on: optional(flag(), false),
  kind: optional(choice(['a', 'b']), 'a'),
  list: optional(listOf(text({ max: 3 }), 2), []),
  note: optional(nullable(text()), null),
};

function issues(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof DetailFault) return { status: error.status, ...error.body };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readMembers', () => {
  it('fills in what may be left out, and ignores what it does not know', () => {
    expect(readMembers(RULES, { name: 'x', other: 1 }, 'body')).toEqual({
      name: 'x',
      size: 1_000,
      heat: 0.7,
      on: false,
      kind: 'a',
      list: [],
      note: null,
    });
  });

  it.each([
    [{}, 'missing', 'name'],
    [{ name: 1 }, 'string_type', 'name'],
    [{ name: '' }, 'string_too_short', 'name'],
    [{ name: 'xxxxx' }, 'string_too_long', 'name'],
    [{ name: 'x', size: 1.5 }, 'int_type', 'size'],
    [{ name: 'x', size: 0 }, 'greater_than_equal', 'size'],
    [{ name: 'x', size: 8_001 }, 'less_than_equal', 'size'],
    [{ name: 'x', heat: '1' }, 'float_type', 'heat'],
    [{ name: 'x', heat: 2.1 }, 'less_than_equal', 'heat'],
    [{ name: 'x', on: 1 }, 'bool_type', 'on'],
    [{ name: 'x', kind: 'c' }, 'enum', 'kind'],
    [{ name: 'x', list: ['a', 'b', 'c'] }, 'too_long', 'list'],
    [{ name: 'x', list: ['abcd'] }, 'string_too_long', 'list'],
    [{ name: 'x', list: {} }, 'list_type', 'list'],
    [{ name: 'x', size: null }, 'int_type', 'size'],
  ])('refuses %j as %s', (given, type, member) => {
    expect(issues(() => readMembers(RULES, given, 'body'))).toEqual({
      status: 422,
      detail: [{ type, loc: ['body', member], msg: expect.any(String) }],
    });
  });

  it('names every issue at once', () => {
    expect(issues(() => readMembers(RULES, { size: 'x', heat: 3 }, 'body'))).toMatchObject({
      detail: [{ loc: ['body', 'name'] }, { loc: ['body', 'size'] }, { loc: ['body', 'heat'] }],
    });
  });

  it.each([[null], [[]], ['text'], [3]])('refuses %j as a body', (given) => {
    expect(issues(() => readMembers(RULES, given, 'body'))).toMatchObject({
      detail: [{ type: 'model_attributes_type', loc: ['body'] }],
    });
  });

  it('reads what a query has', () => {
    const rules = { days: optional(queryInteger({ min: 1, max: 365 }), 30), all: optional(queryFlag(), false) };
    expect(readMembers(rules, { days: '7', all: 'true' }, 'query')).toEqual({ days: 7, all: true });
    expect(issues(() => readMembers(rules, { days: '7d', all: 'yes' }, 'query'))).toMatchObject({
      detail: [{ type: 'int_parsing' }, { type: 'bool_parsing' }],
    });
  });

  it('reads an id', () => {
    const id = '6F9619FF-8B86-4D01-B42D-00CF4FC964FF';
    expect(readMembers({ id: uuid() }, { id }, 'path')).toEqual({ id: id.toLowerCase() });
    expect(issues(() => readMembers({ id: uuid() }, { id: 'x' }, 'path'))).toMatchObject({
      detail: [{ type: 'uuid_parsing', loc: ['path', 'id'] }],
    });
  });
});
