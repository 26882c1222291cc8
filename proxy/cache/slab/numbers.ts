/*
 * Whole numbers from 0 on, seven bits a byte, the lowest first, the highest bit of all bytes but the last set.
 */
const MORE = 0x80;

/** Bytes that the numbers take. */
export function numbersLength(numbers: readonly number[]): number {
  let length = numbers.length;
  for (const number of numbers) for (let rest = number; rest >= MORE; rest = Math.floor(rest / MORE)) length += 1;
  return length;
}

/** Writes the numbers and returns where they end. */
export function writeNumbers(numbers: readonly number[], bytes: Buffer, from: number): number {
  let at = from;
  for (const number of numbers) {
    let rest = number;
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) bytes[at++] = (rest % MORE) + MORE;
    bytes[at++] = rest;
  }
  return at;
}

/** All numbers in the bytes from `from` to `end`; undefined when the last one has no end. */
export function readNumbers(bytes: Buffer, from: number, end: number): number[] | undefined {
  const numbers: number[] = [];
  let number = 0;
  let unit = 1;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < MORE) {
      numbers.push(number + byte * unit);
      number = 0;
      unit = 1;
    } else {
      number += (byte - MORE) * unit;
      unit *= MORE;
    }
  }
  return unit === 1 ? numbers : undefined;
}
