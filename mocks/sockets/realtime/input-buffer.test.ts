import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputBuffer } from './input-buffer.ts';
import type { Heard } from './input-buffer.ts';

const DETECTION = { threshold: 0.5, paddingMs: 100, silenceMs: 200 };

function sound(ms: number, amplitude: number): Buffer {
  const samples = Buffer.alloc(ms * 48);
  for (let at = 0; at < samples.length; at += 2) samples.writeInt16LE(at % 4 === 0 ? amplitude : -amplitude, at);
  return samples;
}

const SPOKEN = Buffer.concat([sound(400, 0), sound(500, 4000), sound(120, 0), sound(300, 4000), sound(400, 0)]);

function heardIn(pieces: readonly Buffer[]): Heard[] {
  const buffer = new InputBuffer('audio/pcm');
  return pieces.flatMap((piece) => [...buffer.append(piece, DETECTION)]);
}

test('speech begins with its padding and ends with its silence; a short pause belongs to it', () => {
  const [started, stopped, ...more] = heardIn([SPOKEN]);
  expect(started).toEqual({ kind: 'started', atMs: 300 });
  expect(stopped).toMatchObject({ kind: 'stopped', atMs: 1520 });
  expect((stopped as { sound: Buffer }).sound.equals(SPOKEN.subarray(300 * 48, 1520 * 48))).toBe(true);
  expect(more).toEqual([]);
});

test('how the sound is cut into pieces changes nothing', () => {
  const whole = heardIn([SPOKEN]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: SPOKEN.length }), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), SPOKEN.length];
      const pieces = places.slice(1).map((end, at) => SPOKEN.subarray(places[at], end));
      expect(heardIn(pieces)).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

test('quiet sound is no speech, unless the threshold is low', () => {
  const quiet = [sound(500, 300), sound(300, 0)];
  expect(heardIn(quiet)).toEqual([]);
  const buffer = new InputBuffer('audio/pcm');
  const found = quiet.flatMap((piece) => [...buffer.append(piece, { ...DETECTION, threshold: 0.2 })]);
  expect(found.map(({ kind }) => kind)).toEqual(['started', 'stopped']);
});

test('what is taken is all that was written since, and its length in time', () => {
  const buffer = new InputBuffer('audio/pcmu');
  for (const _ of buffer.append(Buffer.alloc(800), undefined)) throw new Error('nothing is detected');
  expect(buffer.ms).toBe(100);
  expect(buffer.take()).toHaveLength(800);
  expect([buffer.ms, buffer.writtenMs]).toEqual([0, 100]);
});
