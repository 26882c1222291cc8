import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventGate, EventSplitter, EventTooLargeError, lastBoundary, splitEvents } from './sse.ts';
import type { Rest } from './sse.ts';

const line = fc.oneof(
  fc.constantFrom('data: {"a":1}', 'data:é😀', ': ping', 'event: x', 'data', '\uFEFFdata: 1', ''),
  fc.string({ unit: fc.constantFrom('a', '"', ':', ' ', '🎈') }),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n', '\r\r')), { maxLength: 30 })
  .map((lines) => Buffer.from(lines.flat().join('')));
const cuts = fc.array(fc.nat(400), { maxLength: 40 });

function chunksOf(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [0, ...at.filter((point) => point < bytes.length).toSorted((a, b) => a - b), bytes.length];
  return points.slice(1).map((end, index) => bytes.subarray(points[index], end));
}

interface Machine {
  push(chunk: Buffer): Buffer | Buffer[] | undefined;
  end(): Rest | undefined;
}

function run(machine: Machine, chunks: Buffer[]): string[] {
  const out = chunks.flatMap((chunk) => machine.push(chunk) ?? []);
  const rest = machine.end();
  return [...out, ...(rest === undefined ? [] : [rest.bytes])].map((bytes) => bytes.toString('hex'));
}

/** The definition, written the slow way: an event ends behind each line that is empty. */
function reference(bytes: Buffer): string[] {
  const events: string[] = [];
  let event = '';
  for (const [text, body] of bytes.toString('latin1').matchAll(/([^\r\n]*)(?:\r\n|\n|\r|$)/g)) {
    event += text;
    if (body === '' && text !== '') {
      events.push(event);
      event = '';
    }
  }
  if (event !== '') events.push(event);
  return events.map((text) => Buffer.from(text, 'latin1').toString('hex'));
}

test('any cut of any stream gives the events of the definition, and their bytes are the stream', () => {
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      const events = run(new EventSplitter(), chunksOf(bytes, at));
      expect(events).toEqual(reference(bytes));
      expect(events.join('')).toBe(bytes.toString('hex'));
    }),
    { numRuns: 2000 },
  );
});

test('the gate passes on every byte, and what it passes on ends at boundaries of the stream', () => {
  fc.assert(
    fc.property(stream, cuts, (bytes, at) => {
      const pieces = run(new EventGate(), chunksOf(bytes, at));
      expect(pieces.join('')).toBe(bytes.toString('hex'));
      const ends = new Set<number>();
      let total = 0;
      for (const event of reference(bytes)) ends.add((total += event.length));
      let end = 0;
      for (const piece of pieces) expect(ends.has((end += piece.length))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('the last boundary of a chunk is where its last whole event ends, unless a bare CR leaves that open', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const splitter = new EventSplitter();
      const length = splitter.push(bytes).reduce((sum, event) => sum + event.length, 0);
      expect(lastBoundary(bytes)).toBe(length);
    }),
    { numRuns: 2000 },
  );
});

test('a chunk of whole events is passed on as it is, not copied', () => {
  const gate = new EventGate();
  for (const text of ['data: 1\n\ndata: 2\n\n', 'data: 3\r\n\r\n', 'data: 4\n\n']) {
    const chunk = Buffer.from(text);
    expect(gate.push(chunk)).toBe(chunk);
  }
});

test('the gate holds an unfinished event back and hands it on with its end', () => {
  const gate = new EventGate();
  expect(gate.push(Buffer.from('data: 1\n\ndata: '))?.toString()).toBe('data: 1\n\n');
  expect(gate.push(Buffer.from('2'))).toBeUndefined();
  expect(gate.push(Buffer.from('\n'))).toBeUndefined();
  expect(gate.push(Buffer.from('\ndata: 3'))?.toString()).toBe('data: 2\n\n');
  expect(gate.end()).toEqual({ bytes: Buffer.from('data: 3'), whole: false });
  expect(gate.end()).toBeUndefined();
});

test('a stream that ends with a bare CR ends with a whole event', () => {
  const splitter = new EventSplitter();
  expect(splitter.push(Buffer.from('data: 1\r\r'))).toEqual([]);
  expect(splitter.end()).toEqual({ bytes: Buffer.from('data: 1\r\r'), whole: true });
});

test('an event larger than the limit is an error, whether it comes in one chunk or in many', () => {
  const small = { maxEventBytes: 16 };
  const big = Buffer.from(`data: ${'x'.repeat(20)}\n\n`);
  expect(() => new EventSplitter(small).push(big)).toThrow(EventTooLargeError);
  const splitter = new EventSplitter(small);
  splitter.push(Buffer.from('data: 12345678'));
  expect(() => splitter.push(Buffer.from('90abc'))).toThrow('exceeds the limit of 16 bytes');
  const gate = new EventGate(small);
  gate.push(Buffer.from('data: 12345678'));
  expect(() => gate.push(Buffer.from('90abc'))).toThrow(EventTooLargeError);
  expect(new EventGate(small).push(Buffer.from('data: 1\n\ndata: 2\n\n'))).toHaveLength(18);
});

test('a whole stream is cut at once, with what is left over at its end', () => {
  expect(splitEvents(Buffer.from('data: 1\n\n: c\n\nrest')).map(String)).toEqual(['data: 1\n\n', ': c\n\n', 'rest']);
  expect(splitEvents(Buffer.alloc(0))).toEqual([]);
});
