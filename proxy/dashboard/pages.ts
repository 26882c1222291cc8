import type { VNode } from 'preact';
import { CachePage } from './pages/cache.ts';
import { ConfigurationPage } from './pages/configuration.ts';
import { KeysPage } from './pages/keys/keys.ts';
import { LivePage } from './pages/live.ts';
import { MockPage } from './pages/mock.ts';
import { ModelsPage } from './pages/models.ts';
import { PlaygroundPage } from './pages/playground.ts';
import { RequestsPage } from './pages/requests/requests.ts';
import { UsagePage } from './pages/usage.ts';

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
  { id: 'requests', title: 'Requests', view: RequestsPage },
  { id: 'models', title: 'Models', view: ModelsPage },
  { id: 'cache', title: 'Cache', view: CachePage },
  { id: 'keys', title: 'Keys', view: KeysPage, governed: true },
  { id: 'usage', title: 'Usage', view: UsagePage, governed: true },
  { id: 'playground', title: 'Playground', view: PlaygroundPage },
  { id: 'configuration', title: 'Configuration', view: ConfigurationPage },
  { id: 'mock', title: 'Mock', view: MockPage },
];
