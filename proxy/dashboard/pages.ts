import type { VNode } from 'preact';
import { CachePage } from './pages/cache.ts';
import { KeysPage } from './pages/keys/keys.ts';
import { LivePage } from './pages/live.ts';
import { ModelsPage } from './pages/models.ts';
import { PlaygroundPage } from './pages/playground.ts';

export interface Page {
  /** What stands after `#/` in the address. */
  readonly id: string;
  readonly title: string;
  readonly view: () => VNode;
  /** There only where the proxy has virtual keys and the ledger. */
  readonly governed?: boolean;
}

/** All pages, in the order of the menu. */
export const PAGES: readonly Page[] = [
  { id: 'live', title: 'Live', view: LivePage },
  { id: 'models', title: 'Models', view: ModelsPage },
  { id: 'cache', title: 'Cache', view: CachePage },
  { id: 'keys', title: 'Keys', view: KeysPage, governed: true },
  { id: 'playground', title: 'Playground', view: PlaygroundPage },
];
