import { compatible } from './compatible.ts';
import type { Provider } from './types.ts';

/** The mock, which can take the part of any of them. */
export const mock: Provider = { ...compatible, id: 'mock', simulates: true };
