/** What the service answers of users, keys, sessions and lock-outs (docs/api.md). */

import type { Role } from "./contract";

export interface Account {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly active: boolean;
  readonly created_at: string;
}

export interface ApiKey {
  readonly id: string;
  readonly label: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

export interface NewApiKey extends ApiKey {
  /** Told this once. */
  readonly key: string;
}

export interface OwnSession {
  readonly id: string;
  readonly opened_at: string;
  readonly expires_at: string;
  readonly address: string;
  readonly agent: string;
  readonly current: boolean;
}

export interface Lockout {
  readonly name: string;
  readonly address: string;
  readonly wrong: number;
  readonly last_at: string;
  readonly locked_until: string;
}
