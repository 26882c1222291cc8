import type { JsonObject } from '../../core/json.ts';
import type { GatewayProviderRow, OverrideRow } from '../../database/credentials-table.ts';

/** A stored provider as the API shows it: without its key. */
export interface ProviderView {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly base_url: string | null;
  readonly models: readonly string[];
  readonly is_enabled: boolean;
  readonly rate_limit_rpm: number;
  readonly rate_limit_tpm: number;
  readonly priority: number;
  readonly extra_config: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface OverrideView {
  readonly id: string;
  readonly user_id: string;
  /** Null = all services. */
  readonly service_name: string | null;
  readonly provider_name: string;
  readonly model_name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export function providerView(row: GatewayProviderRow): ProviderView {
  return {
    ...row,
    models: JSON.parse(row.models) as string[],
    extra_config: JSON.parse(row.extra_config) as JsonObject,
  };
}

export function overrideView(row: OverrideRow): OverrideView {
  return { ...row, service_name: row.service_name === '' ? null : row.service_name };
}
