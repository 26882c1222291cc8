import { signal } from '@preact/signals';

/** What stands after `#/` in the address: the page, and what it has open. */
export const place = signal(readPlace());

function readPlace(): string {
  return location.hash.replace(/^#\//, '').split('?')[0] ?? '';
}

addEventListener('hashchange', () => (place.value = readPlace()));
