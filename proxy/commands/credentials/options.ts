export interface RotateSealsOptions {
  readonly from: string;
  readonly to: string;
  readonly config?: string;
  readonly skipUnreadable?: boolean;
  readonly json?: boolean;
}
